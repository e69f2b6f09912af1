package gitcred

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Login is a user name and a password, as .netrc has them.
type Login struct{ Username, Password string }

// Format implements fmt.Formatter.
func (Login) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

const redacted = "[redacted]"

// maxNetrc bounds the file, in bytes. Nobody writes a longer one.
const maxNetrc = 1 << 20

// Netrc is a parsed .netrc.
type Netrc struct {
	machines []machine // in the order of the file
}

// machine is one entry; name is "" for the default one.
type machine struct {
	name string
	Login
}

// ParseNetrc reads the file format of ftp(1), in the dialect that curl, and with it git, understands: entries of tokens between
// white space, tokens in double quotes with backslash escapes, comments from a # that begins a token's place to the end of
// the line, and macdef, whose text goes on to the next empty line.
func ParseNetrc(text string) (*Netrc, error) {
	if len(text) > maxNetrc {
		return nil, fmt.Errorf("more than %d bytes", maxNetrc)
	}
	s := scanner{rest: text, line: 1}
	n := &Netrc{}
	var open *machine
	for {
		token, err := s.next()
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return nil, err
		}
		switch token {
		case "machine":
			name, err := s.value(token)
			if err != nil {
				return nil, err
			}
			if name == "" { // it would be the default one
				return nil, fmt.Errorf("line %d: a machine without a name", s.line)
			}
			n.machines = append(n.machines, machine{name: strings.ToLower(name)})
			open = &n.machines[len(n.machines)-1]
		case "default":
			n.machines = append(n.machines, machine{})
			open = &n.machines[len(n.machines)-1]
		case "login", "password", "account":
			v, err := s.value(token)
			if err != nil {
				return nil, err
			}
			switch {
			case open == nil:
				return nil, fmt.Errorf("line %d: %s before the first machine", s.line, token)
			case token == "login":
				open.Username = v
			case token == "password":
				open.Password = v
			}
		case "macdef":
			if _, err := s.value(token); err != nil {
				return nil, err
			}
			s.skipMacro()
		default:
			// The word itself is not printed: it may be the second half of a password with a space.
			return nil, fmt.Errorf("line %d: a word that is none of machine, default, login, password, account and macdef", s.line)
		}
	}
}

// Find returns the login for a host: the first entry of that name with a password, and with that user name unless user is
// "", else the default entry.
func (n *Netrc) Find(host, user string) (Login, bool) {
	for _, name := range []string{strings.ToLower(host), ""} {
		for _, m := range n.machines {
			if m.name == name && m.Password != "" && (user == "" || m.Username == user) {
				return m.Login, true
			}
		}
	}
	return Login{}, false
}

// scanner takes the tokens of a .netrc one by one.
type scanner struct {
	rest string
	line int
}

// next is the next token, unquoted; io.EOF at the end.
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

// quoted is a token that begins with a double quote.
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

// unescaped is what a backslash and c stand for, as curl reads them.
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

// value is the token after a keyword. A # in it begins no comment: passwords may.
func (s *scanner) value(keyword string) (string, error) {
	for s.rest != "" && blank(s.rest[0]) {
		if s.rest[0] == '\n' {
			s.line++
		}
		s.rest = s.rest[1:]
	}
	if s.rest != "" && s.rest[0] == '#' {
		end := strings.IndexFunc(s.rest, func(r rune) bool { return r < 0x80 && blank(byte(r)) })
		if end < 0 {
			end = len(s.rest)
		}
		v := s.rest[:end]
		s.rest = s.rest[end:]
		return v, nil
	}
	v, err := s.next()
	if err == io.EOF {
		return "", fmt.Errorf("line %d: nothing after %s", s.line, keyword)
	}
	return v, err
}

// skipMacro skips the text of a macro: what is left of its first line, and to the first empty one or the end.
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

// NetrcPaths are where the file may be: $NETRC alone when it is set, else in the home directory, where Windows has two names
// for it. env looks a variable up, as os.Getenv does.
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

// ReadNetrc reads the first of the files that exists. Without any of them it is nil without an error.
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
			return nil, path, fmt.Errorf("%s: %w", path, err)
		}
		return n, path, nil
	}
	return nil, "", nil
}
