package provider

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// object is a configuration, nested as in HCL; a missing attribute is null.
type object map[string]any

// unknown is a value that the configuration does not know yet.
type unknown struct{}

// value converts an object, or a value in it, to a Terraform value of this type.
func value(t *testing.T, of tftypes.Type, v any) tftypes.Value {
	t.Helper()
	switch v := v.(type) {
	case unknown:
		return tftypes.NewValue(of, tftypes.UnknownValue)
	case nil:
		return tftypes.NewValue(of, nil)
	case object:
		if m, ok := of.(tftypes.Map); ok {
			values := map[string]tftypes.Value{}
			for key, e := range v {
				values[key] = value(t, m.ElementType, e)
			}
			return tftypes.NewValue(of, values)
		}
		types := of.(tftypes.Object).AttributeTypes
		values := map[string]tftypes.Value{}
		for name, one := range types {
			values[name] = value(t, one, v[name])
		}
		for name := range v {
			if _, ok := types[name]; !ok {
				t.Fatalf("there is no attribute %s", name)
			}
		}
		return tftypes.NewValue(of, values)
	case []string:
		var values []tftypes.Value
		for _, s := range v {
			values = append(values, tftypes.NewValue(tftypes.String, s))
		}
		return tftypes.NewValue(of, values)
	}
	return tftypes.NewValue(of, v)
}

func providerSchema(t *testing.T) schema.Schema {
	t.Helper()
	var resp provider.SchemaResponse
	New("test").Schema(t.Context(), provider.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
	return resp.Schema
}

func configOf(t *testing.T, block object) tfsdk.Config {
	t.Helper()
	s := providerSchema(t)
	return tfsdk.Config{Schema: s, Raw: value(t, s.Type().TerraformType(t.Context()), block)}
}

// read reads a provider block and an environment.
func read(t *testing.T, block object, env map[string]string) (settings, diag.Diagnostics) {
	t.Helper()
	var m model
	if diags := configOf(t, block).Get(t.Context(), &m); diags.HasError() {
		t.Fatal(diags)
	}
	var diags diag.Diagnostics
	s := readSettings(t.Context(), m, func(name string) string { return env[name] }, &diags)
	return s, diags
}

// refusals are the errors of a provider block and an environment, as an engine meets them: it
// validates first.
func refusals(t *testing.T, block object, env map[string]string) string {
	t.Helper()
	config := configOf(t, block)
	raw, err := tfprotov6.NewDynamicValue(config.Schema.Type().TerraformType(t.Context()), config.Raw)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := providerserver.NewProtocol6(New("test"))().ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: &raw})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, d := range resp.Diagnostics {
		fmt.Fprintf(&text, "%s: %s: %s\n", d.Attribute, d.Summary, d.Detail)
	}
	if len(resp.Diagnostics) > 0 {
		return text.String()
	}
	_, diags := read(t, block, env)
	for _, d := range diags.Errors() {
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			text.WriteString(at.Path().String() + ": ")
		}
		text.WriteString(d.Summary() + ": " + d.Detail() + "\n")
	}
	return text.String()
}

func TestAnEmptyBlockHasTheDocumentedDefaults(t *testing.T) {
	t.Parallel()
	s, diags := read(t, object{}, nil)
	if diags.HasError() {
		t.Fatal(diags)
	}
	who := gitwriter.Identity{Name: "Terraform", Email: "terraform@nanogit.invalid"}
	switch {
	case !s.url.IsNull(), !s.branch.IsNull():
		t.Errorf("url %s, branch %s; want neither", s.url, s.branch)
	case s.queue.Meta.Author != who, s.queue.Meta.Committer != who:
		t.Errorf("author %v, committer %v; want %v", s.queue.Meta.Author, s.queue.Meta.Committer, who)
	case s.reader.MaxObjectSize != 256<<20:
		t.Errorf("max_object_size %d", s.reader.MaxObjectSize)
	case s.writer.Stage.Mode != packstage.Auto, s.writer.Stage.Level != nil:
		t.Errorf("staging %+v", s.writer.Stage)
	case s.cache.kind != cacheMemory, s.overwrite, s.allowInsecureHTTP:
		t.Errorf("%+v", s)
	}
}

func TestConfigurationWinsOverTheEnvironment(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"NANOGIT_URL": "https://env.example.com/r.git", "NANOGIT_BRANCH": "env", "NANOGIT_STAGING_MODE": "disk",
		"NANOGIT_AUTHOR_NAME": "Env", "GIT_AUTHOR_NAME": "Git", "GIT_AUTHOR_EMAIL": "git@example.com", "GIT_COMMITTER_NAME": "Committer",
		"NANOGIT_OBJECT_CACHE": "none:", "NANOGIT_COMMIT_MODE": "auto",
	}
	s, diags := read(t, object{}, env)
	if diags.HasError() {
		t.Fatal(diags)
	}
	got := fmt.Sprint(s.url.ValueString(), " ", s.branch.ValueString(), " ", s.writer.Stage.Mode, " ", s.queue.Meta.Author, s.queue.Meta.Committer, " ", s.cache.kind)
	if want := "https://env.example.com/r.git env disk {Env git@example.com} {Committer terraform@nanogit.invalid} none"; got != want {
		t.Errorf("from the environment:\n got %s\nwant %s", got, want)
	}
	s, diags = read(t, object{
		"url": "https://example.com/r.git", "branch": "main", "staging_mode": "memory",
		"commit":       object{"author": object{"name": "Config", "email": "c@example.com"}, "committer": object{"name": "C"}},
		"object_cache": object{"type": "memory", "max_size": "1MiB", "ttl": "1h", "max_object_size": "2KiB", "verify": true},
	}, env)
	if diags.HasError() {
		t.Fatal(diags)
	}
	got = fmt.Sprint(s.url.ValueString(), " ", s.branch.ValueString(), " ", s.writer.Stage.Mode, " ", s.queue.Meta.Author, s.queue.Meta.Committer, " ",
		s.cache.kind, " ", s.cache.config.MaxSize, " ", s.cache.config.MaxObjectSize, " ", s.cache.config.TTL, " ", s.cache.verify)
	if want := "https://example.com/r.git main memory {Config c@example.com} {C terraform@nanogit.invalid} memory 1048576 2048 1h0m0s true"; got != want {
		t.Errorf("from the configuration:\n got %s\nwant %s", got, want)
	}
}

// The author commits, unless any part of a committer is given.
func TestTheCommitterDefaultsToTheAuthor(t *testing.T) {
	t.Parallel()
	author := object{"name": "A", "email": "a@example.com"}
	for name, tc := range map[string]struct {
		commit object
		env    map[string]string
		want   string // author and committer
	}{
		"an author in the block":        {object{"author": author}, nil, "{A a@example.com} {A a@example.com}"},
		"an author in the environment":  {object{}, map[string]string{"GIT_AUTHOR_NAME": "E", "NANOGIT_AUTHOR_EMAIL": "e@example.com"}, "{E e@example.com} {E e@example.com}"},
		"an author from both":           {object{"author": object{"name": "A"}}, map[string]string{"GIT_AUTHOR_EMAIL": "e@example.com"}, "{A e@example.com} {A e@example.com}"},
		"a part of an author":           {object{"author": object{"email": "a@example.com"}}, nil, "{Terraform a@example.com} {Terraform a@example.com}"},
		"an empty committer":            {object{"author": author, "committer": object{}}, nil, "{A a@example.com} {A a@example.com}"},
		"a committer":                   {object{"author": author, "committer": object{"name": "C", "email": "c@example.com"}}, nil, "{A a@example.com} {C c@example.com}"},
		"a part of a committer":         {object{"author": author, "committer": object{"name": "C"}}, nil, "{A a@example.com} {C terraform@nanogit.invalid}"},
		"a committer from two places":   {object{"author": author, "committer": object{"name": "C"}}, map[string]string{"GIT_COMMITTER_EMAIL": "c@example.com"}, "{A a@example.com} {C c@example.com}"},
		"git's committer in a variable": {object{"author": author}, map[string]string{"GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@example.com"}, "{A a@example.com} {C c@example.com}"},
		"a committer alone":             {object{"committer": object{"name": "C", "email": "c@example.com"}}, nil, "{Terraform terraform@nanogit.invalid} {C c@example.com}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, diags := read(t, object{"commit": tc.commit}, tc.env)
			if diags.HasError() {
				t.Fatal(diags)
			}
			if got := fmt.Sprint(s.queue.Meta.Author, s.queue.Meta.Committer); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if s.stated.Committer.Name && tc.commit["committer"] == nil {
				t.Error("the committer is told as from the block")
			}
		})
	}
}

func TestAPlanMayShowTheWordsThatAreFromTheBlock(t *testing.T) {
	t.Parallel()
	env := map[string]string{"NANOGIT_AUTHOR_NAME": "Env", "GIT_COMMITTER_EMAIL": "env@example.com"}
	for _, c := range []struct {
		name  string
		block object
		want  session.Stated
	}{
		{"all from elsewhere", object{}, session.Stated{Trailers: true, PushOptions: true}},
		{"a part", object{"commit": object{"author": object{"name": "A"}, "committer": object{"email": "c@x"}}}, session.Stated{
			Author: session.StatedIdentity{Name: true}, Committer: session.StatedIdentity{Email: true}, Trailers: true, PushOptions: true,
		}},
		{"not known yet", object{"push_options": []string{"x"}, "commit": object{"author": object{"name": unknown{}}, "trailers": object{"T": unknown{}}}}, session.Stated{PushOptions: true}},
		{"nothing known yet", object{"push_options": unknown{}, "commit": unknown{}}, session.Stated{}},
	} {
		if s, diags := read(t, c.block, env); s.stated != c.want || diags.HasError() {
			t.Errorf("%s: %+v, want %+v; %v", c.name, s.stated, c.want, diags)
		}
	}
}

func TestEverySettingArrivesWhereItBelongs(t *testing.T) {
	t.Parallel()
	s, diags := read(t, object{
		"limits":             object{"max_object_size": "1GiB", "max_response_size": "3GiB", "max_push_attempts": 5, "push_timeout": "7m", "connect_timeout": "9s", "request_timeout": "30s", "batch_window": "75ms"},
		"staging":            object{"directory": "/var/tmp", "auto_objects": 3, "auto_bytes": "1MiB", "compression": 0},
		"conflict":           "overwrite",
		"create_branch_from": "main",
		"push_options":       []string{"merge_request.create", "ci.skip"},
		"commit":             object{"message": "Say it", "trailers": object{"Ticket": "A-1", "Also-By": "Jo"}},
	}, nil)
	if diags.HasError() {
		t.Fatal(diags)
	}
	w := s.writer
	if s.reader.MaxObjectSize != 1<<30 || w.MaxPushAttempts != 5 || s.queue.BatchWindow != 75*time.Millisecond || w.PushTimeout != 7*time.Minute || s.remote.Connect != 9*time.Second || s.remote.MaxResponse != 3<<30 || s.remote.Stall != 30*time.Second {
		t.Errorf("limits: %+v, %+v, %+v, %+v", s.reader, w, s.queue, s.remote)
	}
	if st := w.Stage; st.Directory != "/var/tmp" || st.AutoObjects != 3 || st.AutoBytes != 1<<20 || st.Level == nil || *st.Level != 0 || st.MaxObjectSize != 1<<30 {
		t.Errorf("staging: %+v", st)
	}
	if !s.overwrite || s.reader.CreateFrom != "main" || !slices.Equal(w.PushOptions, []string{"merge_request.create", "ci.skip"}) {
		t.Errorf("conflict %t, from %q, push options %q", s.overwrite, s.reader.CreateFrom, w.PushOptions)
	}
	want := []gitwriter.Trailer{{Key: "Also-By", Value: "Jo"}, {Key: "Ticket", Value: "A-1"}}
	if s.queue.Meta.Message != "Say it" || !slices.Equal(s.queue.Meta.Trailers, want) {
		t.Errorf("message %q, trailers %v", s.queue.Meta.Message, s.queue.Meta.Trailers)
	}
}

// TestWrongSettingsAreRefusedAtTheirAttributeWithoutTheirSecrets has a block, an environment and a
// part of its error in each case.
func TestWrongSettingsAreRefusedAtTheirAttributeWithoutTheirSecrets(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		block object
		env   map[string]string
		want  string
	}{
		"an URL in the environment that is none": {nil, map[string]string{"NANOGIT_URL": "s3cret"}, "NANOGIT_URL"},
		"a cache that is not known":              {nil, map[string]string{"NANOGIT_OBJECT_CACHE": "etcd://:s3cret@host"}, "NANOGIT_OBJECT_CACHE"},
		"a commit mode that is not known":        {nil, map[string]string{"NANOGIT_COMMIT_MODE": "sometimes"}, "NANOGIT_COMMIT_MODE"},
		"a deploy token without its user name":   {object{"url": "https://h/r.git", "auth": object{"token": "gldt-s3cret"}}, nil, "deploy token of GitLab is valid with its own user name only"},
		"an app password without a user name":    {object{"hosts": object{"bitbucket.org": object{"auth": object{"token": "ATBBs3cret"}}}}, nil, "app password of Bitbucket"},
		"a URL in NANOGIT_HOST":                  {nil, map[string]string{"NANOGIT_HOST": "https://s3cret"}, "NANOGIT_HOST: it lists hosts as host or host:port"},
		"a user in NANOGIT_HOST":                 {nil, map[string]string{"NANOGIT_HOST": "h,s3cret@h"}, "NANOGIT_HOST"},
		"a pattern in NANOGIT_HOST":              {nil, map[string]string{"NANOGIT_HOST": "*.example.com"}, "NANOGIT_HOST"},
		"a blank in NANOGIT_HOST":                {nil, map[string]string{"NANOGIT_HOST": "a b"}, "NANOGIT_HOST"},
		"a port that is none, in NANOGIT_HOST":   {nil, map[string]string{"NANOGIT_HOST": "h:s3cret"}, "NANOGIT_HOST"},
		"a large port in NANOGIT_HOST":           {nil, map[string]string{"NANOGIT_HOST": "h:65536"}, "NANOGIT_HOST"},
		"no host in NANOGIT_HOST":                {nil, map[string]string{"NANOGIT_HOST": " , "}, "NANOGIT_HOST: it names no host"},
		"the password is for another host":       {object{"url": "https://h/r.git", "auth": object{"username": "u"}}, map[string]string{"NANOGIT_HOST": "x", "NANOGIT_PASSWORD": "s3cret"}, "No credentials"},
		"auth without a URL":                     {object{"auth": object{"token": "s3cret"}}, nil, "auth"},
		"tls without a URL":                      {object{"tls": object{"insecure_skip_verify": true}}, nil, "tls"},
		"two methods":                            {object{"url": "https://h/r", "auth": object{"token": "s3cret", "username": "u", "password": "s3cret"}}, nil, "At most one"},
		"a password without a user":              {object{"url": "https://h/r", "auth": object{"password": "s3cret"}}, nil, "auth.username"},
		"an auth block of nothing":               {object{"url": "https://h/r", "auth": object{}}, nil, "No credentials"},
		"a host that is a URL":                   {object{"hosts": object{"https://h": object{}}}, nil, `hosts["https://h"]`},
		"a CA file that is missing":              {object{"url": "https://h/r", "tls": object{"ca_cert_file": "/nonexistent/ca.pem"}}, nil, "tls.ca_cert_file"},
		"an author with a line break":            {object{"commit": object{"author": object{"name": "a\nb"}}}, nil, `AttributeName("commit").AttributeName("author").AttributeName("name")`},
		"a committer's mail with a bracket":      {object{"commit": object{"committer": object{"email": "a>b"}}}, nil, `AttributeName("commit").AttributeName("committer").AttributeName("email")`},
		"an author of blanks":                    {object{"commit": object{"author": object{"name": "  "}}}, nil, "nothing but blanks"},
		"a committer's mail of what Git strips":  {object{"commit": object{"committer": object{"email": ",;"}}}, nil, "nothing but blanks"},
		"an author of blanks in the environment": {nil, map[string]string{"NANOGIT_AUTHOR_NAME": " "}, "NANOGIT_AUTHOR_NAME"},
		"git's own variable, of quotes":          {nil, map[string]string{"GIT_COMMITTER_EMAIL": `"'"`}, "GIT_COMMITTER_EMAIL"},
		"a message with a NUL":                   {object{"commit": object{"message": "a\x00b"}}, nil, `AttributeName("commit").AttributeName("message")`},
		"a trailer that is two lines":            {object{"commit": object{"trailers": object{"Key": "a\nb"}}}, nil, `AttributeName("trailers").ElementKeyString("Key")`},
		"a trailer whose key is a sentence":      {object{"commit": object{"trailers": object{"a key": "v"}}}, nil, `AttributeName("trailers").ElementKeyString("a key")`},
		"a trailer that is null":                 {object{"commit": object{"trailers": object{"Key": nil}}}, nil, `commit.trailers["Key"] is null`},
		"a header that is null":                  {object{"url": "https://h/r", "auth": object{"headers": object{"H": nil}}}, nil, `auth.headers["H"] is null`},
		"a host that is null":                    {object{"hosts": object{"h": nil}}, nil, `hosts["h"] is null`},
		"a placeholder that is not known":        {object{"commit": object{"message": "{sum}"}}, nil, `AttributeName("commit").AttributeName("message")`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := refusals(t, tc.block, tc.env)
			if text == "" {
				t.Fatal("no error")
			}
			if !strings.Contains(text, tc.want) {
				t.Errorf("want %q in:\n%s", tc.want, text)
			}
			if strings.Contains(text, "s3cret") {
				t.Errorf("a secret is in:\n%s", text)
			}
		})
	}
}

// TestCredentialsGoWhereTheyWereGivenForAndNowhereElse looks up the credentials for URLs of the
// same and of other origins.
func TestCredentialsGoWhereTheyWereGivenForAndNowhereElse(t *testing.T) {
	t.Parallel()
	block := object{
		"url":  "https://git.example.com/r.git",
		"auth": object{"token": "own"},
		"hosts": object{
			"git.example.com":       object{"auth": object{"token": "same host"}},
			"other.example.com":     object{"auth": object{"bearer_token": "other"}},
			"Port.example.com:8443": object{"auth": object{"username": "u", "password": "port"}},
		},
	}
	withUser := object{"url": "https://jo:in-url@git.example.com/r.git"}
	env := map[string]string{"NANOGIT_USERNAME": "eve", "NANOGIT_PASSWORD": "env"}
	named := func(hosts string) map[string]string {
		return map[string]string{"NANOGIT_USERNAME": "eve", "NANOGIT_PASSWORD": "env", "NANOGIT_HOST": hosts}
	}
	own := gitremote.Basic{Username: "eve", Password: "env"}
	for name, tc := range map[string]struct {
		block object
		env   map[string]string
		repo  string
		want  gitremote.Auth
	}{
		"the provider's own URL":                {block, env, "https://git.example.com/r.git", gitremote.Token{Username: "eve", Token: "own"}},
		"another repository of the same origin": {block, env, "https://git.example.com/x.git", gitremote.Token{Username: "eve", Token: "own"}},
		"the default port written out":          {block, env, "https://git.example.com:443/x.git", gitremote.Token{Username: "eve", Token: "own"}},
		"the same host on another port":         {block, env, "https://git.example.com:444/x.git", gitremote.Token{Token: "same host"}},
		"the same host without encryption":      {block, env, "http://git.example.com/x.git", gitremote.Token{Token: "same host"}},
		"another host with an entry":            {block, env, "https://other.example.com/x.git", gitremote.Bearer{Token: "other"}},
		"another host with a port":              {block, env, "https://port.example.com:8443/x.git", gitremote.Basic{Username: "u", Password: "port"}},
		"that host on another port":             {block, env, "https://port.example.com/x.git", nil},
		"a host that nothing was said of":       {block, env, "https://evil.example.com/x.git", nil},
		"the URL's own":                         {withUser, env, "https://git.example.com/r.git", gitremote.Basic{Username: "jo", Password: "in-url"}},
		"the URL's own, elsewhere":              {withUser, env, "https://example.org/r.git", nil},
		"the environment's":                     {object{"url": "https://h/r.git"}, env, "https://h/r.git", gitremote.Basic{Username: "eve", Password: "env"}},
		"the environment's, elsewhere":          {object{"url": "https://h/r.git"}, env, "https://h2/r.git", nil},
		"a host of NANOGIT_HOST":                {object{}, named("h,h2:8443"), "https://h/r.git", own},
		"one on any port":                       {object{}, named("h,h2:8443"), "https://h:444/r.git", own},
		"one with a port":                       {object{}, named("h,h2:8443"), "https://H2:8443/r.git", own},
		"one on another port":                   {object{}, named("h,h2:8443"), "https://h2/r.git", nil},
		"one with the default port":             {object{}, named("h:443"), "https://h/r.git", own},
		"an IPv6 address":                       {object{}, named("::1"), "https://[::1]:8443/r.git", own},
		"an IPv6 address in brackets":           {object{}, named("[::1]"), "https://[::1]:8443/r.git", own},
		"an IPv6 address with a port":           {object{}, named("[::1]:8443"), "https://[::1]:8443/r.git", own},
		"a host that ends as one does":          {object{}, named("h"), "https://x.h/r.git", nil},
		"a host that begins as one does":        {object{}, named("h"), "https://h.evil/r.git", nil},
		"a host in the user's position":         {object{}, named("h"), "https://h@evil/r.git", nil},
		"a host of NANOGIT_HOST, and a url":     {object{"url": "https://u/r.git"}, named("h"), "https://h/r.git", own},
		"NANOGIT_HOST names the url's host not": {object{"url": "https://u/r.git"}, named("h"), "https://u/r.git", nil},
		"an entry before NANOGIT_HOST":          {object{"hosts": object{"h": object{"auth": object{"token": "entry"}}}}, named("h"), "https://h/r.git", gitremote.Token{Token: "entry"}},
		"an entry with tls alone":               {object{"hosts": object{"h": object{"tls": object{"insecure_skip_verify": true}}}}, named("h"), "https://h/r.git", own},
		"another host's user name":              {object{"url": "https://u/r.git", "auth": object{"token": "own"}}, named("h"), "https://u/r.git", gitremote.Token{Token: "own"}},
		"the environment's token":               {object{"url": "https://h/r.git"}, map[string]string{"NANOGIT_TOKEN": "t"}, "https://h/r.git", gitremote.Token{Token: "t"}},
		"the token of a GitLab job":             {object{"url": "https://h/r.git"}, map[string]string{"NANOGIT_TOKEN": "t", "CI_JOB_TOKEN": "t"}, "https://h/r.git", gitremote.Token{Username: "gitlab-ci-token", Token: "t"}},
		"the token of a GitLab job, in a block": {object{"url": "https://h/r.git", "auth": object{"token": "t"}}, map[string]string{"CI_JOB_TOKEN": "t"}, "https://h/r.git", gitremote.Token{Username: "gitlab-ci-token", Token: "t"}},
		"another token in a GitLab job":         {object{"url": "https://h/r.git", "auth": object{"token": "u"}}, map[string]string{"CI_JOB_TOKEN": "t"}, "https://h/r.git", gitremote.Token{Token: "u"}},
		"a GitLab job's, with a user name":      {object{"url": "https://h/r.git", "auth": object{"token": "t", "username": "me"}}, map[string]string{"CI_JOB_TOKEN": "t"}, "https://h/r.git", gitremote.Token{Username: "me", Token: "t"}},
		"a secret from the environment":         {object{"url": "https://h/r.git", "auth": object{"username": "me"}}, env, "https://h/r.git", gitremote.Basic{Username: "me", Password: "env"}},
		"an entry before the environment":       {object{"url": "https://h/r.git", "hosts": object{"h": object{"auth": object{"token": "entry"}}}}, env, "https://h/r.git", gitremote.Token{Token: "entry"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, diags := read(t, tc.block, tc.env)
			if diags.HasError() {
				t.Fatal(diags)
			}
			u, err := url.Parse(tc.repo)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.access.find(u).auth; got != tc.want {
				t.Errorf("got another %T than the %T that was wanted", got, tc.want)
			}
		})
	}
}

func TestUnknownValuesNeverFailAndAskNoRemote(t *testing.T) {
	t.Parallel()
	s := providerSchema(t)
	for name := range s.Attributes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := configOf(t, object{name: unknown{}})
			var resp provider.ConfigureResponse
			p := New("test")
			p.getenv = func(string) string { return "" }
			p.Configure(context.Background(), provider.ConfigureRequest{Config: config}, &resp)
			if resp.Diagnostics.HasError() {
				t.Error(resp.Diagnostics)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if got, want := allKnown(config, remoteAttributes), !slices.Contains(remoteAttributes, name); got != want {
				t.Errorf("the remote may be asked: %t, want %t", got, want)
			}
		})
	}
	if allKnown(configOf(t, object{"hosts": object{"h": object{"auth": object{"token": unknown{}}}}}), remoteAttributes) {
		t.Error("a token that is not known yet goes unnoticed")
	}
}

func TestEveryAttributeIsDescribed(t *testing.T) {
	t.Parallel()
	var walk func(at string, attributes map[string]schema.Attribute)
	walk = func(at string, attributes map[string]schema.Attribute) {
		for name, a := range attributes {
			if a.GetMarkdownDescription() == "" {
				t.Errorf("%s%s has no description", at, name)
			}
			switch a := a.(type) {
			case schema.SingleNestedAttribute:
				walk(at+name+".", a.Attributes)
			case schema.MapNestedAttribute:
				walk(at+name+".", a.NestedObject.Attributes)
			}
		}
	}
	walk("", providerSchema(t).Attributes)
}
