// The same small census as census.cpp, by Go's standard library with GOOS=wasip1.
package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"time"
)

func count(words string) (map[string]int, error) {
	file, err := os.Open(words)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	counts := map[string]int{}
	scanner := bufio.NewScanner(file)
	scanner.Split(bufio.ScanWords)
	for scanner.Scan() {
		counts[scanner.Text()]++
	}
	return counts, scanner.Err()
}

func chanceAndTime() error {
	begin := time.Now()
	done := make(chan bool)
	go func() {
		time.Sleep(2 * time.Millisecond)
		done <- true
	}()
	<-done
	bytes := make([]byte, 32)
	if _, err := rand.Read(bytes); err != nil {
		return err
	}
	var seen byte
	for _, b := range bytes {
		seen |= b
	}
	if seen == 0 || time.Since(begin) < time.Millisecond {
		return errors.New("no chance, or no time")
	}
	return nil
}

func write(report, unit string, counts map[string]int, entries []fs.DirEntry) error {
	draft := filepath.Join(filepath.Dir(report), "draft")
	out, err := os.Create(draft)
	if err != nil {
		return err
	}
	var keys []string
	for word := range counts {
		keys = append(keys, word)
	}
	sort.Strings(keys)
	for _, word := range keys {
		fmt.Fprintf(out, "%s %d %s\n", word, counts[word], unit)
	}
	for _, entry := range entries { // in the order of their names
		fmt.Fprintf(out, "file %s\n", entry.Name())
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := os.Rename(draft, report); err != nil {
		return err
	}
	scratch := filepath.Join(filepath.Dir(report), "scratch")
	if err := os.Mkdir(scratch, 0o755); err != nil {
		return err
	}
	return os.Remove(scratch)
}

func census(words, report string) error {
	unit, given := os.LookupEnv("UNIT")
	if !given {
		return errors.New("no variable UNIT")
	}
	counts, err := count(words)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Dir(words))
	if err != nil {
		return err
	}
	if err := chanceAndTime(); err != nil {
		return err
	}
	if err := write(report, unit, counts, entries); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Dir(words) + "/../elsewhere"); err == nil {
		return errors.New("a way out")
	}
	status, err := os.Stat(report)
	if err != nil {
		return err
	}
	fmt.Printf("%d words, %d bytes\n", len(counts), status.Size())
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "two arguments wanted")
		os.Exit(1)
	}
	if err := census(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(3)
}
