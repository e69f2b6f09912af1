package gitremote

import (
	"context"
	"errors"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/hosts"
)

const opPush = "push to"

// maxReport bounds the response to a push, in bytes: the report and the output of hooks.
const maxReport = 16 << 20

// Body is a pack of known size that can be read more than once.
type Body = exchange.Pack

// Push asks the server to move references, with the objects of pack (nil when every command
// deletes). It is a single attempt. Without an error the report tells for each reference whether it
// moved, which may be a refusal. After an error [Unknown] tells whether the server may have acted
// all the same; the report then holds the words that the server sent before that.
//
// Push options are sent if the server takes them, which is asked before the first push that has
// any; if not, they are left out and Options.Logf is told. A server that is known to take no thin
// packs gets none: the error is gitwire.ErrNoThin. A server is asked before the first atomic push
// as well; if it offers none, the error is gitwire.ErrNoAtomic.
func (r *Remote) Push(ctx context.Context, req gitwire.Push, pack Body) (gitwire.Report, error) {
	s := r.server
	if req.NeedsPack() && pack == nil {
		return gitwire.Report{}, errors.New("push: commands that need objects without a pack")
	}
	if len(req.Options) > 0 || req.Atomic {
		offer, err := s.capabilities(ctx, exchange.ReceivePack)
		if err != nil {
			return gitwire.Report{}, err
		}
		if req.Atomic && !offer.Has("atomic") {
			return gitwire.Report{}, gitwire.ErrNoAtomic
		}
		if len(req.Options) > 0 && !offer.Has("push-options") {
			s.target.Logf(ctx, "%s takes no push options: left out", s.target.URL)
			req.Options = nil
		}
		if req.Thin && offer.Has("no-thin") {
			return gitwire.Report{}, gitwire.ErrNoThin
		}
	}
	message := &exchange.Request{Op: opPush, Service: exchange.ReceivePack, Once: true, Limit: maxReport}
	if req.NeedsPack() {
		message.Pack = pack
	}
	message.Head = func(offer *gitwire.Capabilities) (head []byte, err error) {
		if offer == nil { // the service has not begun the conversation
			if offer, err = s.pushOffer(ctx); err != nil {
				return nil, err
			}
		}
		req := req
		req.Offer = offer
		return req.Append(nil)
	}
	defer message.Wait() // the caller may do away with the pack after this
	resp, err := s.exchangeOnce(ctx, message)
	if err != nil {
		return gitwire.Report{}, err
	}
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	report, err := gitwire.ReadReport(lines, resp.Linger)
	scrubReport(s.target, &report)
	if err != nil {
		e := resp.Failure(err)
		ended := resp.Ended() || errors.Is(err, gitwire.ErrNoReport)
		resp.Close()
		e.Acted = true
		explainNoReport(e, report, ended)
		return report, e
	}
	resp.Finish()
	report.Hint = advice(report)
	return report, nil
}

// explainNoReport completes the error of a push without a report by the words of the server. ended:
// the response came to its proper end, so that no report follows. Then a server that said anything
// has refused the push, and would refuse it again.
func explainNoReport(e *Error, report gitwire.Report, ended bool) {
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
		e.MakeTransient()
	case e.Kind == ErrTransient && ended:
		e.Kind, e.Err = ErrServer, gitwire.ErrNoReport
		e.Recognize(words)
	}
}

// advice returns the hint for a refusal, or "" if the host's words are not known.
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

// scrubReport takes the secrets out of the texts of a report.
func scrubReport(target *exchange.Target, report *gitwire.Report) {
	report.Unpack = target.Scrub(report.Unpack)
	for i := range report.Refs {
		report.Refs[i].Reason = target.Scrub(report.Refs[i].Reason)
	}
	for i := range report.Messages {
		report.Messages[i] = target.Scrub(report.Messages[i])
	}
}
