package gitcred

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// Credential is a helper's response, complete: approve and reject need all of it (git-credential,
// "INPUT/OUTPUT FORMAT").
type Credential struct {
	secret.Hidden
	fields []field
}

type field struct{ key, value string }

func (c *Credential) get(key string) string {
	for _, f := range c.fields {
		if f.key == key {
			return f.value
		}
	}
	return ""
}

// header is the value of Authorization. Since git 2.46 a helper can name another scheme than Basic.
func (c *Credential) header() string {
	if scheme, v := c.get("authtype"), c.get("credential"); scheme != "" && v != "" {
		return scheme + " " + v
	}
	return basic(c.get("username"), c.get("password"))
}

func basic(username, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
}

// secrets are the texts that must not be printed.
func (c *Credential) secrets() []string {
	_, sent, _ := strings.Cut(c.header(), " ")
	s := []string{sent}
	for _, f := range c.fields {
		switch f.key {
		case "password", "credential", "oauth_refresh_token":
			s = append(s, f.value)
		}
	}
	return s
}

func (q *Query) path() string { return strings.TrimPrefix(q.URL.Path, "/") }

// fields returns the query in git's words. Git itself leaves the path out unless
// credential.useHttpPath is set.
func (q *Query) fields() []field {
	f := []field{
		{"capability[]", "authtype"},
		{"protocol", q.URL.Scheme},
		{"host", q.URL.Host},
		{"path", q.path()},
	}
	if q.Username != "" {
		f = append(f, field{"username", q.Username})
	}
	for _, c := range q.Challenges[:min(len(q.Challenges), 16)] {
		if len(c) <= 4<<10 {
			f = append(f, field{"wwwauth[]", c})
		}
	}
	return f
}

// encode writes the fields, a line each. A value with a line end in it would be two fields: it is
// refused by name.
func encode(fields []field) ([]byte, error) {
	var b bytes.Buffer
	for _, f := range fields {
		if strings.ContainsAny(f.value, "\n\r\x00") {
			return nil, fmt.Errorf("%s: a line end or NUL in it", f.key)
		}
		b.WriteString(f.key + "=" + f.value + "\n")
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// maxAnswer bounds git's output, in bytes.
const maxAnswer = 64 << 10

// parseCredential reads git's output: key=value lines up to an empty line.
func parseCredential(out []byte) (*Credential, error) {
	if len(out) > maxAnswer {
		return nil, fmt.Errorf("git's answer has more than %d bytes", maxAnswer)
	}
	c := &Credential{}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, errors.New("git's answer has a line that is not key=value")
		}
		c.fields = append(c.fields, field{key, value})
	}
	hasBasic := c.get("username") != "" && c.get("password") != ""
	hasOther := c.get("authtype") != "" && c.get("credential") != ""
	if !hasBasic && !hasOther || c.get("quit") == "1" {
		return nil, new(noneError)
	}
	for _, key := range []string{"username", "password", "authtype", "credential"} {
		if strings.ContainsFunc(c.get(key), func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, fmt.Errorf("the %s from git has a control character in it", key)
		}
	}
	return c, nil
}
