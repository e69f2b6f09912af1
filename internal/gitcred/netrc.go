package gitcred

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// Login is a user name and a password, as .netrc has them.
type Login struct {
	secret.Hidden
	Username, Password string
}

// maxNetrc bounds the file, in bytes. No real file is longer.
const maxNetrc = 1 << 20

// Netrc is a parsed .netrc.
type Netrc struct {
	machines []machine // in the order of the file
}

// machine is an entry; name is "" for the default entry.
type machine struct {
	name string
	Login
	hasLogin, hasPassword bool
}

// ParseNetrc reads the file format of ftp(1), in the dialect that curl, and with it git,
// understands: entries of tokens between white space, keywords in any case of letters, tokens in
// double quotes with backslash escapes, comments from a # at the beginning of a token to the end of
// the line, and macdef, whose text ends at the next empty line. Words that are no keywords are
// skipped. With an error the entries before it are returned, which curl would find as well.
func ParseNetrc(text string) (*Netrc, error) {
	if len(text) > maxNetrc {
		return nil, fmt.Errorf("more than %d bytes", maxNetrc)
	}
	s := scanner{rest: strings.TrimPrefix(text, "\ufeff"), line: 1}
	n := &Netrc{}
	var open *machine // nil before the first entry
	for {
		token, err := s.next()
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		var value string
		keyword := strings.ToLower(token)
		switch keyword {
		case "machine", "login", "password":
			if value, err = s.next(); err == io.EOF {
				return n, nil // nothing follows that could be used
			} else if err != nil {
				return n, err
			}
		}
		switch {
		case keyword == "machine" && value == "": // an entry without a name would be the default entry
			open = &machine{}
		case keyword == "machine" || keyword == "default":
			n.machines = append(n.machines, machine{name: strings.ToLower(value)})
			open = &n.machines[len(n.machines)-1]
		case keyword == "macdef":
			s.skipMacro()
		case open == nil || open.hasLogin && open.hasPassword: // the first pair of an entry counts
		case keyword == "login":
			open.Username, open.hasLogin = value, true
		case keyword == "password":
			open.Password, open.hasPassword = value, true
		}
	}
}

// Find returns the login for a host: the first entry with that name, or the default entry, that has
// a password, and that user name, or no user name, unless user is "". If there is no password
// anywhere, Find returns the first entry that has a user name, with an empty password: some hosts
// take a token in its position.
func (n *Netrc) Find(host, user string) (found Login, ok bool) {
	for _, m := range n.machines {
		switch {
		case m.name != "" && m.name != strings.ToLower(host):
		case user != "" && m.hasLogin && m.Username != user:
		case m.hasPassword:
			if user != "" {
				m.Username = user
			}
			return m.Login, true
		case m.hasLogin && !ok:
			found, ok = m.Login, true
		}
	}
	return found, ok
}

// scanner splits a .netrc into tokens.
type scanner struct {
	rest string
	line int
}

// next returns the next token, unquoted; io.EOF at the end.
func (s *scanner) next() (string, error) {
	for s.rest != "" {
		switch c := s.rest[0]; {
		case c == '\n':
			s.line++
			s.rest = s.rest[1:]
		case blank(c):
			s.rest = s.rest[1:]
		case c == '#':
			_, after, found := strings.Cut(s.rest, "\n")
			s.rest = after
			if found {
				s.line++
			}
		case c == '"':
			return s.quoted()
		default:
			end := strings.IndexFunc(s.rest, func(r rune) bool { return r < 0x80 && blank(byte(r)) })
			if end < 0 {
				end = len(s.rest)
			}
			token := s.rest[:end]
			s.rest = s.rest[end:]
			return token, nil
		}
	}
	return "", io.EOF
}

func blank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f'
}

// quoted reads a token that begins with a double quote.
func (s *scanner) quoted() (string, error) {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; c {
		case '"':
			s.rest = s.rest[i+1:]
			return b.String(), nil
		case '\n':
			return "", fmt.Errorf("line %d: a quote that is not closed", s.line)
		case '\\':
			if i++; i == len(s.rest) {
				return "", fmt.Errorf("line %d: a quote that is not closed", s.line)
			}
			b.WriteByte(unescaped(s.rest[i]))
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("line %d: a quote that is not closed", s.line)
}

// unescaped returns the character that a backslash and c stand for, as curl reads them.
func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// skipMacro skips a macro: its name, which is the rest of the first line, and its text to the first
// empty line or the end.
func (s *scanner) skipMacro() {
	_, s.rest, _ = strings.Cut(s.rest, "\n")
	s.line++
	for s.rest != "" {
		var line string
		line, s.rest, _ = strings.Cut(s.rest, "\n")
		s.line++
		if strings.TrimRight(line, "\r") == "" {
			return
		}
	}
}

// NetrcPaths returns the paths at which the file may be: $NETRC alone when it is set, else in the
// home directory, where Windows has two names for it. env looks a variable up, as os.Getenv does.
func NetrcPaths(env func(string) string) []string {
	if p := env("NETRC"); p != "" {
		return []string{p}
	}
	home := env("HOME")
	if home == "" && runtime.GOOS == "windows" {
		home = env("USERPROFILE")
	}
	if home == "" {
		return nil
	}
	paths := []string{filepath.Join(home, ".netrc")}
	if runtime.GOOS == "windows" {
		paths = append(paths, filepath.Join(home, "_netrc"))
	}
	return paths
}

// ReadNetrc reads the first of the files that exists. It returns nil, without an error, if none
// does; with an error it returns the entries before it.
func ReadNetrc(paths []string) (n *Netrc, path string, err error) {
	for _, path := range paths {
		f, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, path, err
		}
		text, err := io.ReadAll(io.LimitReader(f, maxNetrc+1))
		_ = f.Close() // it was only read
		if err == nil {
			n, err = ParseNetrc(string(text))
		}
		if err != nil {
			return n, path, fmt.Errorf("%s: %w", path, err)
		}
		return n, path, nil
	}
	return nil, "", nil
}
