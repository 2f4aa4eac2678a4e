// SPDX-License-Identifier: MIT

// Compares verdicts: other people's verifiers of SEV-SNP reports and TDX quotes (Google's, as Debian packages them) beside ours, over
// mutants of evidence. A development tool: `make check-differential`.
//
//	differential SEED COUNT JUDGE
//
// JUDGE is our side: it reads cases and prints a line for each (tests/judge.c). Where the two differ, it must be by one of the rules that
// stand in rules.go with the reason; anything else fails.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"

	"github.com/google/logger"
)

// One piece of evidence with what its verification needs, and the others' verdict.
type testCase struct {
	platform string // "snp", "tdx"
	kind     string // what was done to it
	evidence []byte
	files    [][]byte // collateral
	anchor   []byte   // DER; empty: the vendors' own
	now      int64
	refusal  error // of the others; nil: accepted
}

type tally struct{ agreed, accepted, stricter, known, differ int }

func writeRun(out io.Writer, bytes []byte) error {
	if err := binary.Write(out, binary.LittleEndian, uint32(len(bytes))); err != nil {
		return err
	}
	_, err := out.Write(bytes)
	return err
}

func (c *testCase) write(out io.Writer) error {
	runs := [][]byte{[]byte(c.platform), []byte(strconv.FormatInt(c.now, 10)), c.anchor, c.evidence}
	for _, run := range append(runs, c.files...) {
		if err := writeRun(out, run); err != nil {
			return err
		}
	}
	return binary.Write(out, binary.LittleEndian, ^uint32(0))
}

// Our verdicts, line by line: "accepted", or "refused: <reason>".
func judge(path string, cases []testCase) ([]string, error) {
	command := exec.Command(path)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	failed := make(chan error, 1)
	go func() {
		buffered := bufio.NewWriter(input)
		for i := range cases {
			if err := cases[i].write(buffered); err != nil {
				failed <- err
				return
			}
		}
		buffered.Flush()
		failed <- input.Close()
	}()
	var lines []string
	for scanner := bufio.NewScanner(output); scanner.Scan(); {
		lines = append(lines, scanner.Text())
	}
	if err := <-failed; err != nil {
		return nil, err
	}
	if err := command.Wait(); err != nil {
		return nil, err
	}
	if len(lines) != len(cases) {
		return nil, fmt.Errorf("%d verdicts for %d cases", len(lines), len(cases))
	}
	return lines, nil
}

func compare(c *testCase, line string, t *tally, rules map[string]int) {
	ours := line == "accepted"
	theirs := c.refusal == nil
	switch {
	case ours == theirs:
		t.agreed++
		if ours {
			t.accepted++
		}
	case theirs:
		if rule := find(ourRules, c, line); rule != "" {
			t.stricter++
			rules[c.platform+", ours refuse: "+rule]++
			return
		}
		t.differ++
		fmt.Printf("DIFFERS %s %s: theirs accept, ours: %s\n", c.platform, c.kind, line)
	default:
		if rule := find(theirRules, c, c.refusal.Error()); rule != "" {
			t.known++
			rules[c.platform+", theirs refuse: "+rule]++
			return
		}
		t.differ++
		fmt.Printf("DIFFERS %s %s: ours accept, theirs: %v\n", c.platform, c.kind, c.refusal)
	}
}

func run(seed int64, count int, path string) error {
	tallies := map[string]*tally{"snp": {}, "tdx": {}}
	rules := map[string]int{}
	cases, err := snpCases(rand.New(rand.NewSource(seed)), count)
	if err != nil {
		return err
	}
	cases = append(cases, tdxCases(rand.New(rand.NewSource(seed+1)), count)...)
	lines, err := judge(path, cases)
	if err != nil {
		return err
	}
	for i := range cases {
		compare(&cases[i], lines[i], tallies[cases[i].platform], rules)
	}
	var names []string
	for name := range rules {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Printf("%6d  %s\n", rules[name], name)
	}
	var result strings.Builder
	differ := 0
	for _, platform := range []string{"snp", "tdx"} {
		t := tallies[platform]
		fmt.Fprintf(&result, " %s_agreed=%d %s_both_accepted=%d %s_stricter=%d %s_known=%d %s_differ=%d", platform, t.agreed, platform, t.accepted,
			platform, t.stricter, platform, t.known, platform, t.differ)
		differ += t.differ
	}
	fmt.Printf("RESULT differential seed=%d%s\n", seed, result.String())
	if differ > 0 {
		return fmt.Errorf("%d verdicts differ", differ)
	}
	return nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "differential SEED COUNT JUDGE")
		os.Exit(2)
	}
	logger.Init("differential", false, false, io.Discard)
	seed, err := strconv.ParseInt(os.Args[1], 10, 64)
	if err == nil {
		var count int
		if count, err = strconv.Atoi(os.Args[2]); err == nil {
			err = run(seed, count, os.Args[3])
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "differential:", err)
		os.Exit(1)
	}
}
