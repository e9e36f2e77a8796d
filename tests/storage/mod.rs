//! A storage's file that is damaged, slow, full, gone, or not the one it was.

mod damage;
mod file;
