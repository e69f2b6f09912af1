package gitwire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// RefStatus is the outcome of a command.
type RefStatus struct {
	Ref    string
	OK     bool
	Reason string // the server's words when not OK, cleaned
	// Instead are the updates that the server made in place of the command, where it says so
	// (report-status-v2): its proc-receive hook makes a review of a push, for example.
	Instead []RefUpdate
}

// RefUpdate is an update of a reference that a server made in place of a command. What the server
// does not say is as in the command: an empty Ref, a zero New.
type RefUpdate struct {
	Ref string
	New gitobj.ID
}

// Made reports whether the command was carried out as it was given, to make ref point to id.
func (s RefStatus) Made(ref string, id gitobj.ID) bool {
	return s.OK && (len(s.Instead) == 0 || slices.ContainsFunc(s.Instead, func(u RefUpdate) bool {
		return (u.Ref == "" || u.Ref == ref) && (u.New.IsZero() || u.New == id)
	}))
}

// Report is the server's answer to a Push (gitprotocol-pack, "Report Status").
type Report struct {
	Unpack   string      // "ok", or the reason why no object was taken, in the server's words
	Refs     []RefStatus // in the order of the commands, as servers send it
	Messages []string    // the output of hooks and the host ("remote: …"), cleaned, at most MaxText bytes together
	// Hint is the next step after a refusal, where a caller that knows the host's words has added
	// it; else "".
	Hint string
}

// Ref returns the status of a reference; ok is false when the server did not mention it.
func (r Report) Ref(name string) (s RefStatus, ok bool) {
	for _, s := range r.Refs {
		if s.Ref == name {
			return s, true
		}
	}
	return RefStatus{}, false
}

// ErrNoReport says that the response to a push ended without a report.
var ErrNoReport = errors.New("the answer holds no report of what became of the push")

// maxStatuses bounds the references of a report.
const maxStatuses = 10_000

// ReadReport reads the response to a Push. A complete report is returned without an error, even if
// the rest of the response is cut off: the outcome is known. Messages are returned with every error
// too.
//
// over is called when the report is complete, before the rest is read; it may be nil.
func ReadReport(r *Reader, over func()) (Report, error) {
	var report Report
	first, _ := r.br.Peek(headSize + 1)
	if len(first) <= headSize || first[headSize] > bandFatal {
		// No band where a band should be: a server without side-band, an ERR line, garbage or the
		// end.
		err := readStatus(r, &report)
		if err == nil && over != nil {
			over()
		}
		return report, err
	}
	var said lines
	side := NewSideband(r, said.add)
	err := readStatus(newSmallReader(side), &report)
	switch {
	case err == nil || side.err == nil:
	case side.err == io.EOF && errors.Is(err, io.ErrUnexpectedEOF):
		err = ErrNoReport
	case side.err != io.EOF:
		err = side.err // the reason why the report is cut off
	}
	if err == nil {
		if over != nil {
			over()
		}
		// The rest comes from post-receive hooks: a merge request's address, a warning.
		_, err := io.Copy(io.Discard, side)
		if fatal := (*ServerError)(nil); errors.As(err, &fatal) {
			_ = said.add([]byte("\n" + fatal.Text + "\n")) // it never fails
		}
	}
	report.Messages = said.list()
	return report, err
}

// readStatus reads a report without its side-band: "unpack <result>", a line for each reference,
// and a flush line.
func readStatus(r *Reader, report *Report) error {
	line, err := r.expect()
	if err != nil {
		return err
	}
	text := line.Text()
	if err := serverError(text); err != nil {
		return err
	}
	unpack, ok := bytes.CutPrefix(text, []byte("unpack "))
	if line.Kind != Data || !ok {
		return fmt.Errorf("%w: a report begins with %.100q", ErrMalformed, text)
	}
	report.Unpack = CleanEnds(unpack, MaxText)
	for range maxStatuses {
		line, err := r.expect()
		if err != nil {
			return err
		}
		if line.Kind == Flush {
			return nil
		}
		if option, isOption := bytes.CutPrefix(line.Text(), []byte("option ")); isOption && line.Kind == Data {
			report.option(option)
			continue
		}
		s, ok := parseStatus(line)
		if !ok {
			return fmt.Errorf("%w: report line %.100q", ErrMalformed, line.Data)
		}
		report.status(s)
	}
	return fmt.Errorf("%w: a report of more than %d references", ErrMalformed, maxStatuses)
}

// parseStatus reads "ok <ref>" or "ng <ref> <reason>".
func parseStatus(line Line) (s RefStatus, ok bool) {
	verb, rest, found := bytes.Cut(line.Text(), []byte{' '})
	if line.Kind != Data || !found {
		return s, false
	}
	name, reason, _ := bytes.Cut(rest, []byte{' '})
	s = RefStatus{Ref: string(name), Reason: CleanEnds(reason, MaxText)}
	switch {
	case checkName(s.Ref) != nil:
		return s, false
	case string(verb) == "ok":
		s.OK, s.Reason = true, ""
		return s, true
	}
	return s, string(verb) == "ng"
}

// status adds an outcome. A server that made several updates in place of a command says "ok" once
// for each.
func (r *Report) status(s RefStatus) {
	if n := len(r.Refs); n > 0 && s.OK && r.Refs[n-1].OK && r.Refs[n-1].Ref == s.Ref {
		r.Refs[n-1].Instead = append(r.Refs[n-1].Instead, RefUpdate{})
		return
	}
	r.Refs = append(r.Refs, s)
}

// option adds an option line of report-status-v2 to the last update. Options that say nothing of
// the outcome, or that are not known, are left out, as git does; so is one before any reference.
func (r *Report) option(text []byte) {
	if len(r.Refs) == 0 {
		return
	}
	last := &r.Refs[len(r.Refs)-1]
	name, value, _ := strings.Cut(string(text), " ")
	if !last.OK || name != "refname" && name != "new-oid" {
		return
	}
	if len(last.Instead) == 0 {
		last.Instead = append(last.Instead, RefUpdate{})
	}
	update := &last.Instead[len(last.Instead)-1]
	if name == "refname" && checkName(value) == nil {
		update.Ref = value
	}
	if id, err := gitobj.ParseID(value); name == "new-oid" && err == nil {
		update.New = id
	}
}

func joinLines(l []string) string { return strings.Join(l, "\n") }
