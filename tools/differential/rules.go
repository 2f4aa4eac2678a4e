// SPDX-License-Identifier: MIT

package main

import "strings"

// Where the two sides may differ, and why. Everything else that differs is an error of one of them.
type rule struct {
	platform string
	change   string // a part of what was done to the evidence; "": anything
	words    string // a part of the refusal
	why      string
}

// We refuse what they accept. Their library leaves some of it to a later step ("validate").
var ourRules = []rule{
	{"snp", "chip id", "no VCEK for chip", "a report is of the chip that its certificate names"},
	{"snp", "reported TCB", "reported TCB ", "the reported TCB is the certificate's, in each part and in the reserved bytes"},
	{"snp", "policy bit", "debug guest", "nothing is genuine about a guest that can be debugged"},
	{"snp", "policy bit", "migration agent", "a migration agent could move the guest elsewhere"},
	{"snp", "", "not a product that this version knows", "the TCB's layout follows from the processor"},
	{"snp", "flip of a signed bit", "signature does not verify", "they verify a report written anew, which keeps fewer bits of the model"},
	{"tdx", "bytes after its end", "behind its end that are not zero", "nobody vouches for bytes behind the quote"},
	{"tdx", "", "behind its end that are not zero", "nobody vouches for bytes behind the quote"},
}

// They refuse what we accept.
var theirRules = []rule{
	{"snp", "another version", "report version is: 5", "their release knows reports up to version 4"},
	{"snp", "policy bit", "mbz range policy", "their release knows fewer policy bits (21 to 25 are of later firmware)"},
	{"snp", "processor", "ECDSA verification failure", "they verify a report written anew, which keeps fewer bits of the model"},
	{"tdx", "certificates", "incomplete PCK Certificate chain", "text between and behind PEM blocks says nothing (RFC 7468 §2)"},
	{"snp", "processor", "could not be verified by any trusted roots", "they know one model of each product, we know its range"},
}

func find(rules []rule, c *testCase, words string) string {
	for _, rule := range rules {
		if rule.platform == c.platform && strings.Contains(c.kind, rule.change) && strings.Contains(words, rule.words) {
			return rule.why
		}
	}
	return ""
}
