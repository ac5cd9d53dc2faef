use std::{env, io};

fn main() -> io::Result<()> {
    if env::args().any(|argument| argument == "--targets") {
        print!("{}", tally::TARGETS);
        return Ok(());
    }
    println!("{}", tally::count(io::stdin().lock())?);
    Ok(())
}
