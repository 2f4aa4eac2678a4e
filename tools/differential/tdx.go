// SPDX-License-Identifier: MIT

package main

import (
	"encoding/binary"
	"fmt"
	"math/rand"
	"time"

	"github.com/google/go-tdx-guest/testing/testdata"
	"github.com/google/go-tdx-guest/verify"
)

// Within the validity of the quote's certificates.
var tdxNow = time.Date(2023, 7, 1, 1, 0, 0, 0, time.UTC)

// Signatures up to Intel's root; without collateral, which would need to be of the same day as the quote.
func theirsOfQuote(quote []byte) (refusal error) {
	defer func() { // some forms end in a panic there
		if reason := recover(); reason != nil {
			refusal = fmt.Errorf("panic: %v", reason)
		}
	}()
	return verify.RawTdxQuote(quote, &verify.Options{Now: tdxNow})
}

// Where the parts of a version 4 quote lie.
type span struct {
	name     string
	from, to int
}

func spansOf(quote []byte) []span {
	size := int(binary.LittleEndian.Uint32(quote[632:]))
	return []span{
		{"header", 0, 48}, {"body", 48, 632}, {"size of the signature data", 632, 636}, {"signature", 636, 700},
		{"attestation key", 700, 764}, {"certification data's head", 764, 770}, {"QE report", 770, 1154},
		{"QE report's signature", 1154, 1218}, {"QE authentication data", 1218, 1252}, {"certificates", 1252, 636 + size},
	}
}

// The quote of the package, without the words that follow its end there.
func genuine() []byte {
	size := 636 + int(binary.LittleEndian.Uint32(testdata.RawQuote[632:]))
	return append([]byte(nil), testdata.RawQuote[:size]...)
}

func quoteMutant(random *rand.Rand) testCase {
	quote := genuine()
	spans := spansOf(quote)
	chosen := spans[random.Intn(len(spans))]
	result := testCase{platform: "tdx", now: tdxNow.Unix()}
	switch random.Intn(8) {
	case 0:
		result.kind = "as it is"
	case 1:
		quote = quote[:random.Intn(len(quote))]
		result.kind = "cut"
	case 2:
		at := chosen.from + random.Intn(chosen.to-chosen.from)
		quote[at] = byte(random.Intn(256))
		result.kind = "a byte of the " + chosen.name
	case 3:
		result.kind = "zeros in the " + chosen.name
		clear(quote[chosen.from:chosen.to])
	case 4:
		quote = append(quote, make([]byte, 1+random.Intn(64))...)
		if random.Intn(2) == 0 {
			quote[len(quote)-1] = 1
			result.kind = "bytes after its end"
		} else {
			result.kind = "zeros after its end"
		}
	default:
		at := chosen.from + random.Intn(chosen.to-chosen.from)
		quote[at] ^= 1 << random.Intn(8)
		result.kind = "a bit of the " + chosen.name
	}
	result.evidence = quote
	result.refusal = theirsOfQuote(quote)
	return result
}

func tdxCases(random *rand.Rand, count int) []testCase {
	cases := make([]testCase, 0, count)
	for len(cases) < count {
		cases = append(cases, quoteMutant(random))
	}
	return cases
}
