//! A storage's file that is damaged, slow, full, gone, or not the one it was; and a
//! plugin that takes as much of a storage as it is given.

mod away;
mod damage;
mod disk;
mod file;
mod hoarder;
