package provider

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitcred"
	"github.com/nanogit/terraform-provider-nanogit/internal/githubapi"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitsign"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// formatGitHub is the format of commits that GitHub makes and signs, for Apps and Actions jobs,
// which have no key.
const formatGitHub = "github"

// signingFormats lists the values of commit.signing.format.
func signingFormats() []string { return append(gitsign.Formats(), formatGitHub) }

// byHost reports whether the host makes and signs the commits.
func (s *signing) byHost() bool { return s != nil && s.host }

// byKey reports whether the provider signs with a key, annotated tags as well.
func (s *signing) byKey() bool { return s != nil && !s.host }

// keyMismatches are the attributes of keys, which the host does not need.
func (m signingModel) keyMismatches() (all []mismatch) {
	for _, a := range []struct {
		name  string
		given bool
	}{
		{"private_key", known(m.PrivateKey)},
		{"private_key_file", known(m.PrivateKeyFile)},
		{"passphrase", known(m.Passphrase)},
		{"public_key", known(m.PublicKey)},
		{"use_agent", m.UseAgent.ValueBool()},
		{"key_id", known(m.KeyID)},
		{"certificate", known(m.Certificate)},
		{"certificate_file", known(m.CertificateFile)},
	} {
		if a.given {
			all = append(all, mismatch{a.name, "A key that signs nothing", fmt.Sprintf(
				"With format = %q the host makes and signs the commits. Leave out %s, or set format to the key's: %s.", formatGitHub, a.name, strings.Join(gitsign.Formats(), ", "))})
		}
	}
	return all
}

// byHost makes the host sign, and refuses a repository of the provider where it cannot.
func (r *signingReader) byHost(commit commitModel) {
	r.result.signing = &signing{host: true}
	r.result.writer.Nobody = gitwriter.Identity{Name: defaultName, Email: defaultEmail}
	if !commit.Committer.IsNull() && !commit.Committer.IsUnknown() {
		r.diags.AddAttributeWarning(path.Root("commit").AtName("committer"), "The committer is not used",
			"With commit.signing.format = \"github\" the host commits in its own name. Leave out committer. The author becomes a Co-authored-by trailer.")
	}
	if !known(r.model.URL) {
		return
	}
	a, err := giturl.Read(r.model.URL.ValueString())
	if err != nil {
		return // which is said elsewhere
	}
	if err := hostSigns(a, r.result.access.find(a.Origin()).auth); err != nil {
		r.fail("format", "The host cannot sign", upper(err.Error())+".")
	}
}

// otherHosts are the ends of the names of hosts that have no API of GitHub's.
var otherHosts = []string{
	"gitlab.com", "bitbucket.org", "dev.azure.com", "visualstudio.com", "amazonaws.com", "codeberg.org", "gitea.com", "sr.ht", "googlesource.com", "gitee.com",
}

// personalTokens are the beginnings of tokens of persons.
var personalTokens = []string{"ghp_", "github_pat_", "gho_"}

// hostSigns reports why the host of a repository makes and signs no commits for these credentials,
// as far as that is known without asking it; nil if it may.
func hostSigns(a giturl.Address, auth gitremote.Auth) error {
	if a.URL == nil {
		return errors.New("GitHub's API takes the token of pushes over HTTPS, and the repository's address is for SSH or on this machine: write https://HOST/OWNER/NAME, or sign with a key")
	}
	name := strings.ToLower(a.URL.Hostname())
	for _, other := range otherHosts {
		if name == other || strings.HasSuffix(name, "."+other) {
			return fmt.Errorf("%s has no API of GitHub's, which signs the commits with this format: sign with a key, in the format ssh for example", name)
		}
	}
	if _, _, ok := githubapi.Repository(a.URL.EscapedPath()); !ok {
		return githubapi.ErrAddress
	}
	if token, ok := auth.(gitremote.Token); ok {
		for _, begin := range personalTokens {
			if strings.HasPrefix(token.Token, begin) {
				return fmt.Errorf("the token is that of a person (%s…), and GitHub signs commits for Apps and Actions jobs alone: set auth.github_app, or the job's GITHUB_TOKEN, or sign with a key", begin)
			}
		}
	}
	return nil
}

// host is the host of a repository, for which it makes and signs the commits.
func (r *repositories) host(a giturl.Address, auth gitremote.Auth, found access) (gitwriter.Host, error) {
	if err := hostSigns(a, found.auth); err != nil {
		return nil, fmt.Errorf("commit.signing.format = %q: %w", formatGitHub, err)
	}
	t, err := r.pool.Transport(found.tls) // the API is trusted as the repository's host is
	if err != nil {
		return nil, fmt.Errorf("%w: %w", gitremote.ErrTLS, err)
	}
	commits, err := githubapi.NewCommits(githubapi.Options{
		URL: apiOf(a.URL, auth), Repository: a.URL, Auth: auth, Transport: t, UserAgent: r.userAgent,
	})
	if err != nil {
		return nil, err
	}
	return commits, nil
}

// apiOf is the address of the API of a repository: the App's if that is known.
func apiOf(repository *url.URL, auth gitremote.Auth) string {
	if app, ok := auth.(*gitcred.App); ok {
		return app.APIURL()
	}
	return githubapi.URL(repository)
}
