package gitwire

import (
	"slices"
	"strings"
)

// This file reads refusals. What decides is the structure of the answer: whether there is a report,
// whether the objects were unpacked, what the report says of the reference. Protocol and report
// have no code for "another writer holds the lock" or "the machine is overloaded", so these alone
// are told by words, as git, JGit and the large hosts use them. Only whole words count: "lock" is
// not in "blocked by policy".

// races are reasons of a report which say that the reference is not what the push expected.
var races = []string{
	"reference already exists", "reference does not exist", "incorrect old value provided", "but expected", // git, GitHub, GitLab
	"invalid old id sent", "non-fast forward", "non-fast-forward", "fetch first", "stale info", // JGit; hosts in git's words
	"already been updated by another client", "tf401028", // Azure DevOps
	"reference has changed concurrently", // go-git
}

// locks are reasons of a report which say that the reference could not be written, perhaps because
// another writer holds its lock.
var locks = []string{
	"failed to update ref", "cannot lock ref", "cannot lock references", "could not lock", "unable to lock", // git and the hosts that run it
	"failed to lock", "lock failure", "lock_failure", "lock error", // JGit, Gerrit
}

// lasting are words, of a reason or of what is printed beside it, which say that a reference cannot
// be written and could not be later either.
var lasting = []string{
	"exists; cannot create", "at the same time", "blocking reference", "refname conflict", "name conflicts with", // refs/heads/a beside refs/heads/a/b
	"ref updates aborted by hook", "aborted by the reference-transaction hook", "reference-transaction hook declined",
	"permission denied", "read-only file system", "no space left on device", "disk quota exceeded", "invalid new value provided",
}

// passings are words for a trouble of the server's own that goes away: with them a refusal is no
// refusal of this push.
var passings = []string{
	"due to load", "try again later", "please try again in", "try again in a few", "retry later",
	"temporarily unavailable", "service unavailable", "currently unavailable", "temporarily overloaded", "server is busy", "server is overloaded", "too busy",
	"internal server error", "internal api unreachable", "internal api error", "unable to contact gitea", "unable to contact forgejo",
	"too many requests", "secondary rate limit", "rate limit exceeded", "too many concurrent", "too many open files", "cannot allocate memory",
	"gateway timeout", "gateway time-out", "bad gateway", "deadline exceeded",
}

// hooks are reasons of a report which say that a rule of the server was applied to the push, and
// not to what the branch holds by now.
var hooks = []string{"hook declined", "push declined", "unpacker error"}

// Says reports whether a text holds a phrase, which is in lower case, as whole words.
func Says(text, phrase string) bool { return says(strings.ToLower(text), phrase) }

// SaysAny reports whether a text holds any of some phrases, which are in lower case, as whole
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

// Passing reports whether a server's words tell of a trouble of its own that goes away.
func Passing(words string) bool { return SaysAny(words, passings) }

// words is all that a report says about a reference.
func (r Report) words(ref string) string {
	st, _ := r.Ref(ref)
	words := []string{st.Reason}
	if r.Unpack != "ok" {
		words = append(words, r.Unpack)
	}
	return joinLines(append(words, r.Messages...))
}

// MayPass reports whether a push of ref that was refused, and that finds the branch where it
// expected it, may go through when it is made again: others held a lock, or had just created the
// branch; or the server was in trouble.
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

// Final reports whether a push of ref was refused for what is in it, so that another commit with
// the same content, upon whatever the branch holds by now, would be refused as well.
func (r Report) Final(ref string) bool {
	st, ok := r.Ref(ref)
	if Passing(r.words(ref)) {
		return false
	}
	return r.Unpack != "ok" && r.Unpack != "" || ok && !st.OK && SaysAny(st.Reason, hooks)
}

// deltas are words of servers that could not make the objects of a thin pack.
var deltas = []string{"delta", "deltas", "thin", "thin pack", "base object", "unresolved"}

// others are words for causes of a failure to unpack that have nothing to do with deltas: sizes,
// checks, rights, space.
var others = []string{
	"too large", "exceeds", "exceeded", "size", "limit", "quota", "no space left on device", "unable to create temporary object directory",
	"permission", "permissions", "read-only", "rejected", "refused", "denied", "forbidden", "not allowed", "policy", "secret", "secrets",
	"fsck error", "fsck", "malicious", "virus", "suspended", "archived",
}

// anyCause are git's own names for every failure to unpack. The cause is printed beside them, and
// git takes thin packs.
var anyCause = []string{"unpack-objects abnormal exit", "index-pack abnormal exit", "unpacker exited with error code", "index-pack failed"}

// BlamesDeltas reports whether objects may not have been unpacked because the pack was a thin one:
// the words say so, or do not say anything else.
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
