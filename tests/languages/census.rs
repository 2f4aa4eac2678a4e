// The same small census as census.cpp, by Rust's standard library for wasm32-wasip1.
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, thread};

fn census(words: &Path, report: &Path) -> io::Result<(usize, u64)> {
    let unit = env::var("UNIT").map_err(|_| io::Error::other("no variable UNIT"))?;
    let mut text = String::new();
    let mut file = fs::File::open(words)?;
    file.read_to_string(&mut text)?;
    file.seek(SeekFrom::Start(0))?;

    let mut counts = BTreeMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_string()).or_insert(0) += 1;
    }
    let folder = words.parent().unwrap();
    let mut names: Vec<String> = fs::read_dir(folder)?
        .map(|entry| entry.map(|e| e.file_name().into_string().unwrap()))
        .collect::<io::Result<_>>()?;
    names.sort();

    let begin = Instant::now();
    thread::sleep(Duration::from_millis(2));
    let seeded: HashMap<u8, u8> = HashMap::from([(1, 2)]); // its hasher draws random bytes
    if begin.elapsed() < Duration::from_millis(1) || SystemTime::now() <= UNIX_EPOCH || seeded[&1] != 2 {
        return Err(io::Error::other("no chance, or no time"));
    }

    let place = report.parent().unwrap();
    let draft = place.join("draft");
    let mut out = fs::OpenOptions::new().write(true).create_new(true).open(&draft)?;
    for (word, count) in &counts {
        writeln!(out, "{word} {count} {unit}")?;
    }
    drop(out);
    let mut more = fs::OpenOptions::new().append(true).open(&draft)?;
    for name in &names {
        writeln!(more, "file {name}")?;
    }
    drop(more);
    fs::rename(&draft, report)?;
    fs::create_dir(place.join("scratch"))?;
    fs::remove_dir(place.join("scratch"))?;
    if folder.join("..").join("elsewhere").exists() {
        return Err(io::Error::other("a way out"));
    }
    Ok((counts.len(), fs::metadata(report)?.len()))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    if arguments.len() != 3 {
        eprintln!("two arguments wanted");
        return ExitCode::from(1);
    }
    match census(Path::new(&arguments[1]), Path::new(&arguments[2])) {
        Ok((words, bytes)) => {
            println!("{words} words, {bytes} bytes");
            ExitCode::from(3)
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(1)
        }
    }
}
