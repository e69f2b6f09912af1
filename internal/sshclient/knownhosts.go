package sshclient

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// knownKey is a line of known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
type knownKey struct {
	marker string // "", "cert-authority" or "revoked"
	hosts  []string
	key    ssh.PublicKey
	where  string // file and line, for messages
	loose  bool   // it is known for another port: it is trusted, but its absence is no change
}

// Markers of lines.
const (
	markerAuthority = "cert-authority"
	markerRevoked   = "revoked"
)

// maxKnownHosts bounds a known_hosts file, in bytes.
const maxKnownHosts = 16 << 20

// parseKnownHosts reads lines. As OpenSSH does, it skips the lines that it does not understand.
func parseKnownHosts(text, name string) []knownKey {
	var all []knownKey
	number := 0
	for line := range strings.Lines(text) {
		number++
		if k, ok := parseKnownKey(line); ok {
			k.where = fmt.Sprintf("%s, line %d", name, number)
			all = append(all, k)
		}
	}
	return all
}

// parseKnownKey reads "[@marker] hosts type base64 [comment]". ssh.ParseKnownHosts accepts no
// comment of several words.
func parseKnownKey(line string) (k knownKey, ok bool) {
	fields := strings.Fields(line)
	if len(fields) > 0 && strings.HasPrefix(fields[0], "@") {
		k.marker, fields = fields[0][1:], fields[1:]
		if k.marker != markerAuthority && k.marker != markerRevoked {
			return k, false
		}
	}
	if len(fields) < 3 || strings.HasPrefix(fields[0], "#") {
		return k, false
	}
	blob, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil {
		return k, false
	}
	k.hosts = strings.Split(fields[0], ",")
	k.key, err = ssh.ParsePublicKey(blob)
	return k, err == nil && k.key.Type() == fields[1]
}

// names reports whether the line is about a host: a pattern has to match, and no negated pattern
// may.
func (k *knownKey) names(host string) bool {
	found := false
	for _, p := range k.hosts {
		if strings.HasPrefix(p, "|") {
			found = found || matchHashed(p, host)
			continue
		}
		p, not := strings.CutPrefix(strings.ToLower(p), "!")
		if !matchPattern(p, host) {
			continue
		}
		if not {
			return false
		}
		found = true
	}
	return found
}

// matchHashed compares a host with "|1|salt|HMAC-SHA1 of the host under the salt" (hostfile.c,
// host_hash).
func matchHashed(pattern, host string) bool {
	parts := strings.Split(pattern, "|")
	if len(parts) != 4 || parts[1] != "1" {
		return false
	}
	salt, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	want, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return false
	}
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(host))
	return hmac.Equal(mac.Sum(nil), want)
}

// knownHosts reads the known keys of a location, and returns the file for new keys; "" for none.
func (p *location) knownHosts() (all []knownKey, file string, err error) {
	o := p.options
	if o.KnownHosts != nil {
		return parseKnownHosts(*o.KnownHosts, "known_hosts"), "", nil
	}
	read := func(name string, required bool) error {
		text, err := readBounded(name, maxKnownHosts)
		if errors.Is(err, fs.ErrNotExist) && !required {
			return nil
		}
		if err != nil {
			return &Error{Kind: ErrConfig, Host: p.address(), Err: fmt.Errorf("known hosts: %w", err)}
		}
		all = append(all, parseKnownHosts(string(text), name)...)
		return nil
	}
	if o.KnownHostsFile != "" {
		name := o.expandHome(o.KnownHostsFile)
		err := read(name, o.Policy == Strict)
		return all, name, err
	}
	users := p.settings.userKnownHosts
	if users == nil {
		users = []string{"~/.ssh/known_hosts", "~/.ssh/known_hosts2"}
	}
	global := p.settings.globalKnownHosts
	if global == nil {
		global = []string{filepath.Join(systemDir, "ssh_known_hosts"), filepath.Join(systemDir, "ssh_known_hosts2")}
	}
	for i, name := range slices.Concat(users, global) {
		if strings.EqualFold(name, "none") || strings.HasPrefix(name, "~") && o.home() == "" {
			continue
		}
		if i < len(users) { // the global files are used as they are
			name = p.file(name)
			if file == "" {
				file = name
			}
		}
		if err := read(name, false); err != nil {
			return nil, "", err
		}
	}
	return all, file, nil
}
