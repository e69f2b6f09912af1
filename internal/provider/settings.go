package provider

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitcred"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// Values of conflict.
const (
	conflictFail      = "fail"
	conflictOverwrite = "overwrite"
)

var stagingModes = []string{packstage.Auto.String(), packstage.Memory.String(), packstage.Disk.String()}

// The author if none is configured, and with it the committer.
const (
	defaultName  = "Terraform"
	defaultEmail = "terraform@nanogit.invalid"
)

// settings are the settings of the provider block and the environment, checked and complete. An
// unknown value has its default.
type settings struct {
	url, branch       types.String
	access            *accessTable
	finder            *gitcred.Finder // of credentials that access has none of; nil to do without
	allowInsecureHTTP bool
	overwrite         bool
	explicit          bool
	cache             cacheOptions
	reader            gitread.Options
	writer            gitwriter.Options
	queue             gitqueue.Options
	stated            session.Stated // of queue.Meta
	signing           *signing       // nil: commits are not signed
	remote            gitremote.Limits
}

// reader turns the model into settings and collects its errors.
type reader struct {
	ctx    context.Context // of the Configure call that the reader lives for
	model  model
	env    func(string) string
	diags  *diag.Diagnostics
	result settings
}

// readSettings checks the model. env looks a variable up, as os.Getenv does.
func readSettings(ctx context.Context, m model, env func(string) string, diags *diag.Diagnostics) settings {
	r := &reader{ctx: ctx, model: m, env: env, diags: diags}
	r.fromEnv(&r.model.URL, "NANOGIT_URL", checkURL)
	r.fromEnv(&r.model.Branch, "NANOGIT_BRANCH", nil)
	r.fromEnv(&r.model.CommitMode, "NANOGIT_COMMIT_MODE", oneOf(session.CommitModes))
	r.fromEnv(&r.model.StagingMode, "NANOGIT_STAGING_MODE", oneOf(stagingModes))

	r.result = settings{
		url: r.model.URL, branch: r.model.Branch,
		access:            r.accessTable(),
		allowInsecureHTTP: m.AllowInsecureHTTP.ValueBool(),
		overwrite:         m.Conflict.ValueString() == conflictOverwrite,
		explicit:          r.model.CommitMode.ValueString() == session.CommitExplicit,
		cache:             r.cache(),
	}
	if known(r.model.URL) { // it may have become known only now, and no validator has checked it
		if err := checkURL(r.model.URL.ValueString()); err != nil {
			r.diags.AddError("Invalid repository URL", fmt.Sprintf("url: %s.", err))
		}
	}
	r.limits()
	r.staging()
	r.result.queue.Meta = r.meta()
	(&signingReader{reader: r}).read()
	r.result.reader.CreateFrom = m.CreateBranchFrom.ValueString()
	if !m.PushOptions.IsNull() && !m.PushOptions.IsUnknown() {
		var options []types.String
		diags.Append(m.PushOptions.ElementsAs(ctx, &options, false)...)
		for _, o := range options {
			r.result.writer.PushOptions = append(r.result.writer.PushOptions, o.ValueString())
		}
	}
	r.result.queue.Meta.PushOptions = r.result.writer.PushOptions
	r.result.stated = r.stated()
	return r.result
}

// stated says which of the words of a commit are from the block. A committer that is the author is
// not: the environment of the process that applies may name another.
func (r *reader) stated() session.Stated {
	m, _ := decode[commitModel](r.ctx, r.model.Commit, r.diags)
	person := func(o types.Object) session.StatedIdentity {
		m, _ := decode[personModel](r.ctx, o, r.diags)
		return session.StatedIdentity{Name: known(m.Name), Email: known(m.Email)}
	}
	return session.Stated{
		Author: person(m.Author), Committer: person(m.Committer),
		Trailers: !r.model.Commit.IsUnknown() && r.allKnown(m.Trailers), PushOptions: r.allKnown(r.model.PushOptions),
	}
}

// allKnown reports whether a value is null or fully known.
func (r *reader) allKnown(v attr.Value) bool {
	if v.IsNull() {
		return true
	}
	raw, err := v.ToTerraformValue(r.ctx)
	return err == nil && raw.IsFullyKnown()
}

// fromEnv fills in a value that the configuration leaves out. An unknown value stays unknown.
func (r *reader) fromEnv(v *types.String, name string, check func(string) error) {
	raw := r.env(name)
	if !v.IsNull() || raw == "" {
		return
	}
	if check != nil {
		if err := check(raw); err != nil {
			r.invalidEnv(name, err)
			return
		}
	}
	*v = types.StringValue(raw)
}

// invalidEnv reports an environment variable. Its value is not printed: it may hold a password.
func (r *reader) invalidEnv(name string, err error) {
	r.diags.AddError("Invalid environment variable", fmt.Sprintf("%s: %s.", name, err))
}

func oneOf(values []string) func(string) error {
	return func(s string) error {
		if slices.Contains(values, s) {
			return nil
		}
		return fmt.Errorf("%.40q is none of %s", s, strings.Join(values, ", "))
	}
}

// size reads a size in bytes; 0 when it is left out. Validators have checked configured values
// already, but a value that was unknown then is checked here.
func (r *reader) size(at path.Path, v types.String) int64 {
	if !known(v) {
		return 0
	}
	n, err := parseSize(v.ValueString())
	if err != nil {
		r.diags.AddAttributeError(at, "Invalid size", err.Error())
	}
	return n
}

func (r *reader) duration(at path.Path, v types.String) time.Duration {
	if !known(v) {
		return 0
	}
	d, err := parseDuration(v.ValueString())
	if err != nil {
		r.diags.AddAttributeError(at, "Invalid duration", err.Error())
	}
	return d
}

func (r *reader) limits() {
	m, _ := decode[limitsModel](r.ctx, r.model.Limits, r.diags)
	at := path.Root("limits")
	r.result.reader.MaxObjectSize = r.size(at.AtName("max_object_size"), m.MaxObjectSize)
	if r.result.reader.MaxObjectSize == 0 {
		r.result.reader.MaxObjectSize = packstage.DefaultMaxObjectSize
	}
	w := &r.result.writer
	w.MaxPushAttempts = int(m.MaxPushAttempts.ValueInt64())
	w.PushTimeout = r.duration(at.AtName("push_timeout"), m.PushTimeout)
	r.result.remote.Connect = r.duration(at.AtName("connect_timeout"), m.ConnectTimeout)
	r.result.queue.BatchWindow = r.duration(at.AtName("batch_window"), m.BatchWindow)
	r.result.remote.MaxResponse = r.size(at.AtName("max_response_size"), m.MaxResponseSize)
	r.result.remote.Stall = r.duration(at.AtName("request_timeout"), m.RequestTimeout)
}

func (r *reader) staging() {
	m, _ := decode[stagingModel](r.ctx, r.model.Staging, r.diags)
	o := packstage.Options{
		Directory:     m.Directory.ValueString(),
		AutoObjects:   int(m.AutoObjects.ValueInt64()),
		AutoBytes:     r.size(path.Root("staging").AtName("auto_bytes"), m.AutoBytes),
		MaxObjectSize: r.result.reader.MaxObjectSize,
	}
	if !m.Compression.IsNull() && !m.Compression.IsUnknown() {
		o.Level = new(int(m.Compression.ValueInt64()))
	}
	if known(r.model.StagingMode) {
		mode, err := packstage.ParseMode(r.model.StagingMode.ValueString())
		if err != nil {
			r.diags.AddAttributeError(path.Root("staging_mode"), "Invalid staging mode", err.Error())
		}
		o.Mode = mode
	}
	r.result.writer.Stage = o
}

// meta reads the commit block. Validators have refused values that Git does not take in a commit.
func (r *reader) meta() gitwriter.Meta {
	m, _ := decode[commitModel](r.ctx, r.model.Commit, r.diags)
	meta := gitwriter.Meta{
		Message:   m.Message.ValueString(),
		Workspace: workspace(r.env),
	}
	meta.Author, meta.Committer = r.persons(m)
	if err := gitwriter.CheckMessage(meta.Message); err != nil {
		r.diags.AddAttributeError(path.Root("commit").AtName("message"), "Invalid message", err.Error())
	}
	trailers := decodeMap(r.ctx, m.Trailers, r.diags)
	for _, key := range slices.Sorted(maps.Keys(trailers)) {
		meta.Trailers = append(meta.Trailers, gitwriter.Trailer{Key: key, Value: trailers[key]})
	}
	return meta
}

// persons reads the author and the committer. Without any part of a committer, the author commits.
// With a part, the author's other part would make a person that does not exist: it has the default.
func (r *reader) persons(m commitModel) (author, committer gitwriter.Identity) {
	complete := func(who gitwriter.Identity) gitwriter.Identity {
		return gitwriter.Identity{Name: cmp.Or(who.Name, defaultName), Email: cmp.Or(who.Email, defaultEmail)}
	}
	author = complete(r.person(m.Author, "AUTHOR"))
	committer = r.person(m.Committer, "COMMITTER")
	if committer == (gitwriter.Identity{}) {
		return author, author
	}
	return author, complete(committer)
}

// person reads an author or a committer: from the configuration, or the environment. A part that is
// not given is empty.
func (r *reader) person(o types.Object, env string) gitwriter.Identity {
	m, _ := decode[personModel](r.ctx, o, r.diags)
	first := func(v types.String, field string, check func(string) error) string {
		if known(v) {
			return v.ValueString()
		}
		for _, name := range []string{"NANOGIT_" + env + "_" + field, "GIT_" + env + "_" + field} {
			if s := r.env(name); s != "" {
				if err := check(s); err != nil {
					r.invalidEnv(name, err)
				}
				return s
			}
		}
		return ""
	}
	return gitwriter.Identity{
		Name:  first(m.Name, "NAME", gitobj.ValidateName),
		Email: first(m.Email, "EMAIL", gitobj.ValidateEmail),
	}
}
