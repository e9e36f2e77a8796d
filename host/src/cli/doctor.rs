//! `claviger doctor`

pub(super) use claviger_doctor::command::DoctorCommand as Doctor;
use claviger_doctor::command::Ended as Examined;

use super::Ended;

/// It writes by itself, on whatever stream is meant.
pub(super) fn run(command: Doctor) -> Ended {
    match command.run() {
        Examined::Well => Ended::Well,
        Examined::WithFailures => Ended::Badly,
        Examined::CouldNotRun => Ended::WithoutTrying,
    }
}
