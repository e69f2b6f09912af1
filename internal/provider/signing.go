package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitsign"
)

// signingModel is commit.signing as Terraform hands it over.
type signingModel struct {
	Format          types.String `tfsdk:"format"`
	PrivateKey      types.String `tfsdk:"private_key"`
	PrivateKeyFile  types.String `tfsdk:"private_key_file"`
	Passphrase      types.String `tfsdk:"passphrase"`
	PublicKey       types.String `tfsdk:"public_key"`
	UseAgent        types.Bool   `tfsdk:"use_agent"`
	KeyID           types.String `tfsdk:"key_id"`
	Certificate     types.String `tfsdk:"certificate"`
	CertificateFile types.String `tfsdk:"certificate_file"`
}

// Variables of the environment that stand in for attributes of commit.signing.
const (
	envFormat     = "NANOGIT_SIGNING_FORMAT"
	envKey        = "NANOGIT_SIGNING_KEY"
	envKeyFile    = "NANOGIT_SIGNING_KEY_FILE"
	envPassphrase = "NANOGIT_SIGNING_PASSPHRASE"
)

// signingSchema is the schema of commit.signing.
func signingSchema() schema.SingleNestedAttribute {
	secret := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Sensitive: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}}
	}
	plain := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "The signatures of every commit, removals included. The key comes from `private_key`, `private_key_file` or, with `use_agent`, an SSH agent. " +
			"It may be an ephemeral value; the provider writes it into no state and no log. A key that cannot sign is an error of the plan. " +
			"Default: the key in the environment, or else no signatures. The guide to signing shows how to make and register keys.",
		Optional:   true,
		Validators: []validator.Object{signingValidator{}},
		Attributes: map[string]schema.Attribute{
			"format": schema.StringAttribute{
				MarkdownDescription: "Kind of the signatures: `ssh`, `openpgp` or `x509`, or `github`: GitHub or GitHub Enterprise makes and signs the commits itself, for the token of a GitHub App or of an Actions job, " +
					"which needs no key. Author and committer are the App then, and a configured author becomes a `Co-authored-by` trailer. Annotated tags stay unsigned. Environment: `" + envFormat + "`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(signingFormats()...)},
			},
			"private_key": secret("Private key. `ssh`: ed25519, ECDSA or RSA, in OpenSSH's own format or in PEM. `openpgp`: the armored output of `gpg --export-secret-keys`, or of `--export-secret-subkeys`. " +
				"`x509`: ECDSA or RSA, in PEM. Environment: `" + envKey + "`."),
			"private_key_file": plain("The same, as the path of a local file. Environment: `" + envKeyFile + "`."),
			"passphrase":       secret("Passphrase of the private key. Environment: `" + envPassphrase + "`."),
			"public_key":       plain("`ssh` with `use_agent`: the public half of the agent's key that signs, as in its `.pub` file."),
			"use_agent": schema.BoolAttribute{
				MarkdownDescription: "`ssh`: the agent (`SSH_AUTH_SOCK`) signs with the key that `public_key` names. A signature may take it 15 seconds, and is asked for twice at most. Default `false`.",
				Optional:            true,
			},
			"key_id": plain("`openpgp`: id or fingerprint of the key or of the subkey that signs. The id of a primary key stands for its newest signing subkey, unless it ends in `!`. " +
				"Default: the only key of `private_key`."),
			"certificate":      plain("`x509`: certificate of the private key, and its chain up to the root in any order, in PEM."),
			"certificate_file": plain("The same, as the path of a local file."),
		},
	}
}

var signingPath = path.Root("commit").AtName("signing")

// mismatch is an attribute of commit.signing that does not go with the others.
type mismatch struct{ attribute, summary, detail string }

// mismatches compares the attributes with each other. Values that are not known are no mismatch.
func (m signingModel) mismatches() (all []mismatch) {
	add := func(attribute, summary, detail string) { all = append(all, mismatch{attribute, summary, detail}) }
	if m.Format.ValueString() == formatGitHub {
		return m.keyMismatches()
	}
	agent := m.UseAgent.ValueBool()
	noAgent := !agent && !m.UseAgent.IsUnknown()
	switch {
	case known(m.PrivateKey) && known(m.PrivateKeyFile):
		add("private_key_file", "Several keys", "At most one of private_key, private_key_file and use_agent may be set. Leave out all but one.")
	case agent && (known(m.PrivateKey) || known(m.PrivateKeyFile)):
		add("use_agent", "Several keys", "At most one of private_key, private_key_file and use_agent may be set. Leave out all but one.")
	}
	if agent && known(m.Passphrase) {
		add("passphrase", "A passphrase for an agent", "The agent has the key decrypted. Leave out passphrase, or give the key by private_key instead of use_agent.")
	}
	if agent && m.PublicKey.IsNull() {
		add("use_agent", "No public key", "The agent may have several keys. Set public_key to the line of the .pub file of the one that signs (ssh-add -L lists them).")
	}
	if noAgent && known(m.PublicKey) {
		add("public_key", "A public key without an agent", "A public key chooses a key of an agent. Set use_agent = true, or leave out public_key.")
	}
	if known(m.Certificate) && known(m.CertificateFile) {
		add("certificate_file", "Conflicting attributes", "At most one of certificate and certificate_file may be set.")
	}
	if !known(m.Format) {
		return all
	}
	format := gitsign.Format(m.Format.ValueString())
	for _, a := range []struct {
		name  string
		given bool
		of    gitsign.Format
	}{
		{"use_agent", agent, gitsign.SSH},
		{"key_id", known(m.KeyID), gitsign.OpenPGP},
		{"certificate", known(m.Certificate), gitsign.X509},
		{"certificate_file", known(m.CertificateFile), gitsign.X509},
	} {
		if a.given && format != a.of {
			add(a.name, "An attribute of another format", fmt.Sprintf("%s is for format = %q, and format is %q. Leave it out, or change format.", a.name, a.of, format))
		}
	}
	if format == gitsign.X509 && m.Certificate.IsNull() && m.CertificateFile.IsNull() {
		add("certificate", "No certificate", "An X.509 signature holds the certificate of the key. Set certificate or certificate_file to it and its chain.")
	}
	return all
}

// signingValidator refuses mismatches when a configuration is validated.
type signingValidator struct{}

// Description implements validator.Describer.
func (signingValidator) Description(context.Context) string {
	return "the attributes belong to the format and there is one key"
}

// MarkdownDescription implements validator.Describer.
func (v signingValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateObject implements validator.Object.
func (signingValidator) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	m, given := decode[signingModel](ctx, req.ConfigValue, &resp.Diagnostics)
	if !given {
		return
	}
	for _, e := range m.mismatches() {
		resp.Diagnostics.AddAttributeError(req.Path.AtName(e.attribute), e.summary, e.detail)
	}
}

// signing signs the commits of a configured provider.
type signing struct {
	signer *gitsign.Signer // nil: the key is not known yet, or host
	host   bool            // the host makes and signs the commits

	mu      sync.Mutex       // guards the fields below
	told    map[string]bool  // addresses of committers that were warned of
	waiting diag.Diagnostics // warnings for the next resource to show
}

// errUnknownKey: a commit was to be made while values of the configuration were unknown. It must
// not be made unsigned.
var errUnknownKey = errors.New("the values of commit.signing are not known yet: make them known first, with terraform apply -target on the resources that they come from")

// sign is gitwriter.Options.Sign.
func (s *signing) sign(ctx context.Context, payload []byte) (string, error) {
	if s.signer == nil {
		return "", errUnknownKey
	}
	if warning, ok := s.check(committerOf(payload)); ok {
		s.mu.Lock()
		s.waiting.Append(warning)
		s.mu.Unlock()
	}
	return s.signer.Sign(ctx, payload)
}

// committerOf returns the e-mail address of the committer of a commit object, or of the tagger of a
// tag.
func committerOf(object []byte) string {
	head, _, _ := strings.Cut(string(object), "\n\n")
	_, line, ok := strings.Cut(head, "\ncommitter ")
	if !ok {
		_, line, _ = strings.Cut(head, "\ntagger ")
	}
	line, _, _ = strings.Cut(line, "\n")
	return gitobj.ParseSignature(line).Email
}

// check returns the warning that the key does not name this address, once for each.
func (s *signing) check(email string) (diag.Diagnostic, bool) {
	addresses, ok := s.signer.Addresses()
	if !ok || slices.ContainsFunc(addresses, func(a string) bool { return strings.EqualFold(a, email) }) {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told[email] {
		return nil, false
	}
	if s.told == nil {
		s.told = map[string]bool{}
	}
	s.told[email] = true
	names := "no address"
	if len(addresses) > 0 {
		names = strings.Join(addresses, ", ")
	}
	return diag.NewWarningDiagnostic("The signing key does not name the committer", fmt.Sprintf(
		"The committer of commits is %s. They are signed with %s, which names %s. Hosts show such commits as unverified, and may refuse them. "+
			"Set commit.committer.email in the provider block to an address of the key, or add the address to the key.", email, s.signer.Key(), names)), true
}

// warnings returns the warnings that no resource has shown.
func (s *signing) warnings() diag.Diagnostics {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.waiting
	s.waiting = nil
	return waiting
}

// signingReader reads commit.signing.
type signingReader struct {
	*reader
	// fromEnv are the variables of the environment that were used, by the attributes that they
	// stand in for.
	fromEnv map[string]string
}

// read takes the settings from the block, or from the environment in its place.
func (r *signingReader) read() {
	commit, _ := decode[commitModel](r.ctx, r.model.Commit, r.diags)
	m, given := decode[signingModel](r.ctx, commit.Signing, r.diags)
	if r.model.Commit.IsUnknown() || commit.Signing.IsUnknown() {
		r.use(&signing{})
		return
	}
	if !given && !slices.ContainsFunc([]string{envFormat, envKey, envKeyFile, envPassphrase}, func(name string) bool { return r.env(name) != "" }) {
		return
	}
	r.fill(&m)
	all := m.mismatches()
	for _, e := range all {
		r.fail(e.attribute, e.summary, e.detail)
	}
	if m.Format.ValueString() == formatGitHub {
		if len(all) == 0 {
			r.byHost(commit)
		}
		return
	}
	o, complete := r.options(m)
	if len(all) > 0 || r.diags.HasError() {
		return
	}
	if !complete {
		r.use(&signing{})
		return
	}
	signer, err := gitsign.New(r.ctx, o)
	if e := (*gitsign.Error)(nil); errors.As(err, &e) {
		attribute, summary := m.attributeOf(e.Of)
		r.fail(attribute, summary, upper(e.Error())+".")
		return
	}
	debugf(r.ctx, "commits are signed with %s", signer.Key())
	s := &signing{signer: signer}
	r.use(s)
	if r.committerIsUnknown(commit) {
		return
	}
	if warning, ok := s.check(r.result.queue.Meta.Committer.Email); ok {
		if given {
			warning = diag.WithPath(signingPath, warning)
		}
		r.diags.Append(warning)
	}
}

// committerIsUnknown reports whether the committer's address depends on values that are not known
// yet. Without a committer it is the author's.
func (r *signingReader) committerIsUnknown(commit commitModel) bool {
	committer, _ := decode[personModel](r.ctx, commit.Committer, r.diags)
	author, _ := decode[personModel](r.ctx, commit.Author, r.diags)
	switch {
	case commit.Committer.IsUnknown(), committer.Email.IsUnknown():
		return true
	case !committer.Email.IsNull():
		return false
	}
	return committer.Name.IsUnknown() || commit.Author.IsUnknown() || author.Email.IsUnknown()
}

// use makes the writer sign.
func (r *signingReader) use(s *signing) {
	r.result.signing, r.result.writer.Sign = s, s.sign
}

// fill fills in the values that the block leaves out from the environment. A key in the block keeps
// both variables of keys out, an agent that of the passphrase, and the host's signature all three.
func (r *signingReader) fill(m *signingModel) {
	r.fromEnv = map[string]string{}
	fill := func(attribute string, v *types.String, name string) {
		if v.IsNull() && r.env(name) != "" {
			*v, r.fromEnv[attribute] = types.StringValue(r.env(name)), name
		}
	}
	fill("format", &m.Format, envFormat)
	if m.Format.ValueString() == formatGitHub && r.fromEnv["format"] == "" {
		return // the keys in the environment are for others
	}
	if m.UseAgent.ValueBool() || m.UseAgent.IsUnknown() {
		return
	}
	if m.PrivateKey.IsNull() && m.PrivateKeyFile.IsNull() {
		fill("private_key", &m.PrivateKey, envKey)
		fill("private_key_file", &m.PrivateKeyFile, envKeyFile)
	}
	fill("passphrase", &m.Passphrase, envPassphrase)
}

// fail reports an error at its attribute, or by the name of the variable that stands in for that.
func (r *signingReader) fail(attribute, summary, detail string) {
	commit, _ := decode[commitModel](r.ctx, r.model.Commit, r.diags)
	switch name := r.fromEnv[attribute]; {
	case name != "":
		r.diags.AddError("Invalid environment variable", fmt.Sprintf("%s: %s: %s", name, summary, detail))
	case commit.Signing.IsNull():
		r.diags.AddError(summary, "Variables of the environment ask for signed commits (NANOGIT_SIGNING_…). "+detail)
	default:
		r.diags.AddAttributeError(signingPath.AtName(attribute), summary, detail)
	}
}

// options are the options of a signer. complete is false while values are unknown.
func (r *signingReader) options(m signingModel) (o gitsign.Options, complete bool) {
	for _, v := range []interface{ IsUnknown() bool }{m.Format, m.PrivateKey, m.PrivateKeyFile, m.Passphrase, m.PublicKey, m.UseAgent, m.KeyID, m.Certificate, m.CertificateFile} {
		if v.IsUnknown() {
			return o, false
		}
	}
	o = gitsign.Options{
		Format: gitsign.Format(m.Format.ValueString()), Key: []byte(m.PrivateKey.ValueString()), Passphrase: m.Passphrase.ValueString(),
		Agent: m.UseAgent.ValueBool(), PublicKey: m.PublicKey.ValueString(), KeyID: m.KeyID.ValueString(),
		Certificate: []byte(m.Certificate.ValueString()), Getenv: r.env,
	}
	file := func(attribute string, v types.String, text *[]byte) {
		if v.IsNull() {
			return
		}
		content, err := readKeyFile(expandHome(v.ValueString(), r.env))
		if err != nil {
			r.fail(attribute, "Unreadable file", fmt.Sprintf("The file cannot be read: %v.", err))
		}
		*text = content
	}
	if m.Format.IsNull() {
		r.fail("format", "No format", "Set format (or "+envFormat+") to one of "+strings.Join(signingFormats(), ", ")+".")
	} else if err := oneOf(signingFormats())(m.Format.ValueString()); err != nil {
		r.fail("format", "Invalid format", upper(err.Error())+".")
	}
	if m.PrivateKey.IsNull() && m.PrivateKeyFile.IsNull() && !o.Agent {
		r.fail("private_key", "No key", "Set private_key or private_key_file (or "+envKey+" or "+envKeyFile+"), or use_agent for a key of an SSH agent.")
	}
	file("private_key_file", m.PrivateKeyFile, &o.Key)
	file("certificate_file", m.CertificateFile, &o.Certificate)
	return o, true
}

// readKeyFile reads a file with a key or with certificates.
func readKeyFile(name string) ([]byte, error) {
	const limit = 1 << 20 // bytes
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && len(text) > limit {
		err = fmt.Errorf("read %s: it is larger than %d bytes", name, limit)
	}
	return text, err
}

// attributeOf returns the attribute that an error of a signer is about, and a summary.
func (m signingModel) attributeOf(of gitsign.Subject) (attribute, summary string) {
	switch of {
	case gitsign.OfFormat:
		return "format", "Invalid format"
	case gitsign.OfPassphrase:
		if m.Passphrase.IsNull() {
			return "passphrase", "No passphrase"
		}
		return "passphrase", "Wrong passphrase"
	case gitsign.OfPublicKey:
		return "public_key", "Unusable public key"
	case gitsign.OfAgent:
		return "use_agent", "Unusable agent"
	case gitsign.OfKeyID:
		return "key_id", "No such key"
	case gitsign.OfCertificate:
		if !m.CertificateFile.IsNull() {
			return "certificate_file", "Unusable certificate"
		}
		return "certificate", "Unusable certificate"
	}
	if !m.PrivateKeyFile.IsNull() {
		return "private_key_file", "Unusable private key"
	}
	return "private_key", "Unusable private key"
}

// upper begins a text with a capital letter.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
