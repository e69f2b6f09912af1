// Package hosts holds the phrases with which Git hosts refuse requests, as data: the class of a
// refusal, and a hint on how to go on.
//
//	status and words of a response ─► Explain ─────────┐
//	words of a command over SSH ────► ExplainCommand ──┴──► Saying{Class, Hint}
package hosts

import (
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Class is the reason of a refusal.
type Class uint8

// The reasons of refusals.
const (
	Unclassified Class = iota
	Credentials        // the credentials are missing, wrong or expired
	Rights             // the credentials' account may not do this
	NotFound           // there is no such repository, or the account may not see it
	Broken             // the server cannot do its work
	Protected          // a rule of the branch or of the file
	Hook               // a hook of the server's owner, whose words tell the reason
	Size               // of the push, or of a file
	Content            // of an object: a secret, or a fault in its format
	Message            // of the commit
	Identity           // of the author or committer
	Signature          // of the commit, which is missing or not known
	Reference          // its name, or its state on the server
	Full               // the server's disk
)

// Saying has a host's phrases for a refusal, its most probable reason and a hint.
type Saying struct {
	Host   string   // the host that speaks so; for readers
	Class  Class    // Unclassified where the status of the response tells more
	Says   []string // phrases in lower case; any of them, as whole words in the server's text, is a match
	Status []int    // the statuses of the response that match; any status where empty
	Hint   string   // the next step for the user
}

// Explain finds the meaning of a server's words. status is that of the HTTP response, or 0 for
// words that came in the Git protocol. The words may be long.
func Explain(status int, words string) (Saying, bool) { return explain(sayings, status, words) }

// ExplainCommand finds the meaning of the words of a command over SSH that failed. Its phrases for
// repositories, rights and accounts are those over HTTP.
func ExplainCommand(words string) (Saying, bool) {
	if s, ok := explain(commandSayings, 0, words); ok {
		return s, true
	}
	s, ok := explain(sayings, 0, words)
	switch s.Class {
	case Credentials, Rights, NotFound, Broken:
		return s, ok
	}
	return Saying{}, false
}

// explain finds the first saying of a table that matches.
func explain(table []Saying, status int, words string) (Saying, bool) {
	i := slices.IndexFunc(table, func(s Saying) bool {
		return (len(s.Status) == 0 || slices.Contains(s.Status, status)) && gitwire.SaysAny(words, s.Says)
	})
	if i < 0 {
		return Saying{}, false
	}
	return table[i], true
}
