package gitremote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/hosts"
)

const opPush = "push to"

// maxReport bounds the answer to a push, in bytes: the report and what hooks print.
const maxReport = 16 << 20

// Body is a pack of known size that can be read more than once.
type Body = interface {
	Size() int64 // bytes
	NewReader() io.Reader
}

// Push asks the server to move references, with the objects of pack (nil when every command
// deletes). It is one attempt. Without an error the report tells what became of each reference,
// which may be a refusal. After an error [Unknown] tells whether the server may have acted all the
// same; the report then holds what the server said before that.
//
// Push options are sent if the server takes them, which is asked before the first push that has
// any; if not, they are left out and Options.Logf is told. A server that was found out to take no
// thin packs gets none: the error is gitwire.ErrNoThin.
func (r *Remote) Push(ctx context.Context, req gitwire.Push, pack Body) (gitwire.Report, error) {
	if req.NeedsPack() && pack == nil {
		return gitwire.Report{}, errors.New("push: commands that need objects without a pack")
	}
	if len(req.Options) > 0 {
		offer, err := r.capabilities(ctx, receivePack)
		if err != nil {
			return gitwire.Report{}, err
		}
		if !offer.Has("push-options") {
			r.logf(ctx, "%s takes no push options: left out", r.url)
			req.Options = nil
		}
		if req.Thin && offer.Has("no-thin") {
			return gitwire.Report{}, gitwire.ErrNoThin
		}
	}
	if err := r.probe(ctx, pack); err != nil {
		return gitwire.Report{}, err
	}
	c := &call{op: opPush, path: "/" + receivePack, service: receivePack, once: true, limit: maxReport}
	c.prepare = func(offer *gitwire.Capabilities) error {
		req := req
		req.Offer = offer
		head, err := req.Append(nil)
		if err != nil {
			return err
		}
		c.body, c.size = func() io.Reader { return bytes.NewReader(head) }, int64(len(head))
		if req.NeedsPack() {
			c.body = func() io.Reader { return io.MultiReader(bytes.NewReader(head), pack.NewReader()) }
			c.size += pack.Size()
		}
		return nil
	}
	if r.dialer == nil { // over a pipe the service tells first what it offers
		offer, err := r.oldOffer(ctx)
		if err != nil {
			return gitwire.Report{}, err
		}
		if err := c.prepare(offer); err != nil {
			return gitwire.Report{}, err
		}
	}
	defer c.sending.Wait() // the caller may do away with the pack after this
	resp, err := r.reach(ctx, c)
	if err != nil {
		return gitwire.Report{}, err
	}
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	report, err := gitwire.ReadReport(lines, resp.linger)
	report = r.redact.report(report)
	if err != nil {
		e := resp.failure(err)
		ended := resp.ended() || errors.Is(err, gitwire.ErrNoReport)
		resp.close()
		e.unknown = true
		e.refused(report, ended)
		return report, e
	}
	resp.finish()
	report.Hint = advice(report)
	return report, nil
}

// refused looks at the words of a server that gave no report. ended: the answer came to its proper
// end, so that there is none. Then a server that said anything has refused the push, and would
// refuse it again.
func (e *Error) refused(report gitwire.Report, ended bool) {
	words := strings.Join(report.Messages, "\n")
	if e.Server != "" && words != "" {
		words += "\n" + e.Server
	} else {
		words += e.Server
	}
	e.Server = gitwire.CleanEnds(words, gitwire.MaxText)
	switch {
	case words == "":
	case gitwire.Passing(words):
		e.passes()
	case e.Kind == ErrTransient && ended:
		e.Kind, e.Err = ErrServer, gitwire.ErrNoReport
		e.explained(words)
	}
}

// advice is what to try after a refusal, if the host's words for it are known.
func advice(report gitwire.Report) string {
	var words strings.Builder
	refused := report.Unpack != "ok" && report.Unpack != ""
	if refused {
		words.WriteString(report.Unpack + "\n")
	}
	for _, ref := range report.Refs {
		if !ref.OK {
			refused = true
			words.WriteString(ref.Reason + "\n")
		}
	}
	if !refused {
		return ""
	}
	if d, ok := hosts.Explain(0, words.String()+strings.Join(report.Messages, "\n")); ok {
		return d.Hint
	}
	if report.Unpack != "ok" && report.Unpack != "" {
		return hintUnpack
	}
	return ""
}

const hintUnpack = "the server did not take the objects, for the reason that its own words give; where they give none, its log does"

func (r redactor) report(report gitwire.Report) gitwire.Report {
	report.Unpack = r.scrub(report.Unpack)
	for i := range report.Refs {
		report.Refs[i].Reason = r.scrub(report.Refs[i].Reason)
	}
	for i := range report.Messages {
		report.Messages[i] = r.scrub(report.Messages[i])
	}
	return report
}
