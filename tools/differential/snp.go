// SPDX-License-Identifier: MIT

package main

import (
	"encoding/binary"
	"fmt"
	"math/rand"
	"time"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/kds"
	spb "github.com/google/go-sev-guest/proto/sevsnp"
	sgtest "github.com/google/go-sev-guest/testing"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/go-sev-guest/verify/trust"
)

const signedSize = 0x2a0

var snpNow = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// One chip with certificates of its own, which its verifiers are told to trust.
type chip struct {
	product string // "Milan-B1"
	line    string // "Milan"
	signer  *sgtest.AmdSigner
	base    []byte // an honest report, not yet signed
	options verify.Options
}

func makeChip(random *rand.Rand, product, line string, version uint32, familyModelStepping [3]byte) (*chip, error) {
	hwid := make([]byte, abi.ChipIDSize)
	random.Read(hwid)
	parts := kds.TCBParts{BlSpl: 3, TeeSpl: 1, SnpSpl: 8, UcodeSpl: 115}
	tcb, err := kds.ComposeTCBParts(parts)
	if err != nil {
		return nil, err
	}
	made := snpNow.AddDate(-1, 0, 0)
	builder := &sgtest.AmdSignerBuilder{
		Keys: sgtest.DefaultAmdKeys(), ProductName: product, CSPID: "differential",
		ArkCreationTime: made, AskCreationTime: made, AsvkCreationTime: made, VcekCreationTime: made, VlekCreationTime: made,
		VcekCustom: sgtest.CertOverride{Extensions: sgtest.CustomExtensions(parts, hwid, "", product)},
	}
	signer, err := builder.TestOnlyCertChain()
	if err != nil {
		return nil, err
	}
	report := make([]byte, abi.ReportSize)
	binary.LittleEndian.PutUint32(report[0x00:], version)
	binary.LittleEndian.PutUint64(report[0x08:], 0x30000)
	binary.LittleEndian.PutUint32(report[0x34:], 1)
	for _, offset := range []int{0x38, 0x180, 0x1e0, 0x1f0} {
		binary.LittleEndian.PutUint64(report[offset:], uint64(tcb))
	}
	copy(report[0x188:], familyModelStepping[:])
	copy(report[0x1a0:], hwid)
	value, err := kds.ParseProductName(product, abi.VcekReportSigner)
	if err != nil {
		return nil, err
	}
	roots := &trust.AMDRootCerts{
		Product: product, ProductLine: line,
		ProductCerts: &trust.ProductCerts{Ark: signer.Ark, Ask: signer.Ask, Asvk: signer.Asvk},
	}
	options := verify.Options{
		DisableCertFetching: true, Now: snpNow, Product: value,
		TrustedRoots: map[string][]*trust.AMDRootCerts{line: {roots}},
	}
	return &chip{product, line, signer, report, options}, nil
}

func (c *chip) sign(report []byte) error {
	r, s, err := c.signer.Sign(report[:signedSize])
	if err != nil {
		return err
	}
	return abi.SetSignature(r, s, report)
}

func (c *chip) theirs(report []byte) (refusal error) {
	defer func() { // some forms end in a panic there
		if reason := recover(); reason != nil {
			refusal = fmt.Errorf("panic: %v", reason)
		}
	}()
	parsed, err := abi.ReportToProto(report)
	if err != nil {
		return err
	}
	if len(report) != abi.ReportSize {
		return fmt.Errorf("report of %d bytes", len(report))
	}
	attestation := &spb.Attestation{
		Report: parsed, Product: c.options.Product,
		CertificateChain: &spb.CertificateChain{VcekCert: c.signer.Vcek.Raw, AskCert: c.signer.Ask.Raw, ArkCert: c.signer.Ark.Raw},
	}
	options := c.options
	return verify.SnpAttestation(attestation, &options)
}

type change struct {
	name  string
	apply func(random *rand.Rand, report []byte)
}

func randomRun(from, to int) func(*rand.Rand, []byte) {
	return func(random *rand.Rand, report []byte) { random.Read(report[from:to]) }
}

func flipIn(from, to int) func(*rand.Rand, []byte) {
	return func(random *rand.Rand, report []byte) {
		report[from+random.Intn(to-from)] ^= 1 << random.Intn(8)
	}
}

// What the firmware could have signed, or never would have: signed after the change.
var signedChanges = []change{
	{"as it is", func(*rand.Rand, []byte) {}},
	{"other report data", randomRun(0x50, 0x90)},
	{"other measurement", randomRun(0x90, 0xc0)},
	{"other host data", randomRun(0xc0, 0xe0)},
	{"other key digests", randomRun(0xe0, 0x140)},
	{"other ids", randomRun(0x140, 0x180)},
	{"other guest svn", randomRun(0x04, 0x08)},
	{"another version", func(random *rand.Rand, report []byte) { report[0] = byte(random.Intn(8)) }},
	{"policy bit", flipIn(0x08, 0x10)},
	{"vmpl", func(random *rand.Rand, report []byte) { report[0x30] = byte(random.Intn(4)) }},
	{"signature algorithm", func(random *rand.Rand, report []byte) { report[0x34] = byte(random.Intn(4)) }},
	{"platform info", flipIn(0x40, 0x48)},
	{"signer info", flipIn(0x48, 0x4c)},
	{"reserved after signer info", flipIn(0x4c, 0x50)},
	{"reported TCB", flipIn(0x180, 0x188)},
	{"processor", flipIn(0x188, 0x18b)},
	{"reserved after processor", flipIn(0x18b, 0x1a0)},
	{"chip id", flipIn(0x1a0, 0x1e0)},
	{"committed TCB", flipIn(0x1e0, 0x1e8)},
	{"versions of firmware", flipIn(0x1e8, 0x1f0)},
	{"launch TCB", flipIn(0x1f0, 0x1f8)},
	{"mitigations", flipIn(0x1f8, 0x208)},
	{"reserved at the end", flipIn(0x208, signedSize)},
}

// What somebody without the key can do.
var unsignedChanges = []change{
	{"flip of a signed bit", flipIn(0, signedSize)},
	{"flip of a bit of the signature", flipIn(signedSize, signedSize+144)},
	{"flip of a reserved bit", flipIn(signedSize+144, abi.ReportSize)},
	{"random signature", randomRun(signedSize, signedSize+144)},
	{"zero signature", func(_ *rand.Rand, report []byte) { clear(report[signedSize : signedSize+144]) }},
}

func (c *chip) mutant(random *rand.Rand) (testCase, error) {
	report := append([]byte(nil), c.base...)
	result := testCase{platform: "snp", anchor: c.signer.Ark.Raw, now: snpNow.Unix(),
		files: [][]byte{c.signer.Vcek.Raw, c.signer.Ask.Raw}}
	random.Read(report[0x50:0x90])
	if random.Intn(3) > 0 {
		change := signedChanges[random.Intn(len(signedChanges))]
		change.apply(random, report)
		result.kind = change.name
		if err := c.sign(report); err != nil {
			/* the signer does not know the changed header: sign it as a whole, as a broken firmware might */
			header := append([]byte(nil), report[0x48:0x4c]...)
			clear(report[0x48:0x4c])
			if err := c.sign(report); err != nil {
				return result, err
			}
			copy(report[0x48:], header)
		}
	} else {
		change := unsignedChanges[random.Intn(len(unsignedChanges))]
		if err := c.sign(report); err != nil {
			return result, err
		}
		change.apply(random, report)
		result.kind = change.name
	}
	if random.Intn(50) == 0 {
		report = report[:random.Intn(len(report))]
		result.kind += ", cut"
	}
	result.evidence = report
	result.kind = c.line + " " + result.kind
	result.refusal = c.theirs(report)
	return result, nil
}

func snpCases(random *rand.Rand, count int) ([]testCase, error) {
	var chips []*chip
	for _, row := range []struct {
		product, line string
		version       uint32
		processor     [3]byte
	}{
		{"Milan-B1", "Milan", 2, [3]byte{}},
		{"Milan-B1", "Milan", 3, [3]byte{0x19, 0x01, 0x01}},
		{"Genoa-B1", "Genoa", 2, [3]byte{}},
		{"Genoa-B1", "Genoa", 3, [3]byte{0x19, 0x11, 0x01}},
	} {
		made, err := makeChip(random, row.product, row.line, row.version, row.processor)
		if err != nil {
			return nil, err
		}
		chips = append(chips, made)
	}
	cases := make([]testCase, 0, count)
	for len(cases) < count {
		next, err := chips[random.Intn(len(chips))].mutant(random)
		if err != nil {
			return nil, err
		}
		cases = append(cases, next)
	}
	return cases, nil
}
