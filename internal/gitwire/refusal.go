package gitwire

import (
	"slices"
	"strings"
)

// This file reads refusals. The structure of the response decides: whether there is a report,
// whether the objects were unpacked, and the status of the reference in the report. Protocol and
// report have no code for "another writer holds the lock" or "the machine is overloaded", so only
// these are told by words, as git, JGit and the large hosts use them. Only whole words count:
// "lock" is not in "blocked by policy".

// races are reasons in a report which say that the reference does not have the value that the push
// expected.
var races = []string{
	"reference already exists", "reference does not exist", "incorrect old value provided", "but expected", // git, GitHub, GitLab
	"invalid old id sent", "non-fast forward", "non-fast-forward", "fetch first", "stale info", // JGit; hosts in git's words
	"already been updated by another client", "tf401028", // Azure DevOps
	"reference has changed concurrently", // go-git
}

// locks are reasons in a report which say that the reference could not be written, perhaps because
// another writer holds its lock.
var locks = []string{
	"failed to update ref", "cannot lock ref", "cannot lock references", "could not lock", "unable to lock", // git and the hosts that run it
	"failed to lock", "lock failure", "lock_failure", "lock error", // JGit, Gerrit
}

// lasting are phrases, in a reason or in messages next to it, which say that a reference cannot be
// written, and not later either.
var lasting = []string{
	"exists; cannot create", "at the same time", "blocking reference", "refname conflict", "name conflicts with", // refs/heads/a and refs/heads/a/b
	"ref updates aborted by hook", "aborted by the reference-transaction hook", "reference-transaction hook declined",
	"permission denied", "read-only file system", "no space left on device", "disk quota exceeded", "invalid new value provided",
}

// passings are phrases about a temporary trouble of the server's own: a refusal with them is not
// about this push.
var passings = []string{
	"due to load", "try again later", "please try again in", "try again in a few", "retry later",
	"temporarily unavailable", "service unavailable", "currently unavailable", "temporarily overloaded", "server is busy", "server is overloaded", "too busy",
	"internal server error", "internal api unreachable", "internal api error", "unable to contact gitea", "unable to contact forgejo",
	"too many requests", "secondary rate limit", "rate limit exceeded", "too many concurrent", "too many open files", "cannot allocate memory",
	"gateway timeout", "gateway time-out", "bad gateway", "deadline exceeded",
}

// hooks are reasons in a report which say that a rule of the server refused the push, whatever the
// branch holds by now.
var hooks = []string{"hook declined", "push declined", "unpacker error"}

// Says reports whether a text contains a phrase, which is in lower case, as whole words.
func Says(text, phrase string) bool { return says(strings.ToLower(text), phrase) }

// SaysAny reports whether a text contains any of some phrases, which are in lower case, as whole
// words.
func SaysAny(text string, phrases []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(phrases, func(p string) bool { return says(text, p) })
}

func says(text, phrase string) bool {
	for at := 0; phrase != ""; {
		i := strings.Index(text[at:], phrase)
		if i < 0 {
			return false
		}
		begin, end := at+i, at+i+len(phrase)
		before := begin > 0 && inWord(text[begin-1]) && inWord(phrase[0])
		after := end < len(text) && inWord(text[end]) && inWord(phrase[len(phrase)-1])
		if !before && !after {
			return true
		}
		at = begin + 1
	}
	return false
}

func inWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// Passing reports whether a server's words tell of a temporary trouble of its own.
func Passing(words string) bool { return SaysAny(words, passings) }

// words returns everything that a report says about a reference.
func (r Report) words(ref string) string {
	st, _ := r.Ref(ref)
	words := []string{st.Reason}
	if r.Unpack != "ok" {
		words = append(words, r.Unpack)
	}
	return joinLines(append(words, r.Messages...))
}

// MayPass reports whether a refused push of ref, whose branch still has the expected value, may
// succeed when it is sent again: others held a lock, or had just created the branch; or the server
// was in trouble.
func (r Report) MayPass(ref string) bool {
	words := r.words(ref)
	switch st, ok := r.Ref(ref); {
	case Passing(words):
		return true
	case !ok || st.OK || r.Unpack != "ok" || SaysAny(words, lasting):
		return false
	default:
		return SaysAny(st.Reason, races) || SaysAny(st.Reason, locks)
	}
}

// Final reports whether a push of ref was refused for its content, so that another commit with the
// same content would be refused as well, on any head of the branch.
func (r Report) Final(ref string) bool {
	st, ok := r.Ref(ref)
	if Passing(r.words(ref)) {
		return false
	}
	return r.Unpack != "ok" && r.Unpack != "" || ok && !st.OK && SaysAny(st.Reason, hooks)
}

// deltas are words of servers that could not resolve the objects of a thin pack.
var deltas = []string{"delta", "deltas", "thin", "thin pack", "base object", "unresolved"}

// others are words for causes of a failure to unpack that have nothing to do with deltas: sizes,
// checks, rights, space.
var others = []string{
	"too large", "exceeds", "exceeded", "size", "limit", "quota", "no space left on device", "unable to create temporary object directory",
	"permission", "permissions", "read-only", "rejected", "refused", "denied", "forbidden", "not allowed", "policy", "secret", "secrets",
	"fsck error", "fsck", "malicious", "virus", "suspended", "archived",
}

// anyCause are git's own names for every failure to unpack. Git prints the cause in the messages,
// and it takes thin packs.
var anyCause = []string{"unpack-objects abnormal exit", "index-pack abnormal exit", "unpacker exited with error code", "index-pack failed"}

// BlamesDeltas reports whether the objects may not have been unpacked because the pack was thin:
// the words say so, or give no other cause.
func (r Report) BlamesDeltas() bool {
	if r.Unpack == "ok" || r.Unpack == "" {
		return false
	}
	words := []string{r.Unpack}
	for _, st := range r.Refs {
		words = append(words, st.Reason)
	}
	all := joinLines(append(words, r.Messages...))
	switch {
	case SaysAny(all, others) || Passing(all):
		return false
	case SaysAny(all, deltas):
		return true
	}
	return !SaysAny(all, anyCause)
}
