package sshclient

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

const aKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

func TestLinesOfKnownHosts(t *testing.T) {
	t.Parallel()
	text := strings.Join([]string{
		"# a comment", "", "host " + aKey + " with a comment", "not a line", "host ssh-ed25519 !!!", "host ssh-rsa " + strings.Fields(aKey)[1],
		"@cert-authority *.example.com " + aKey, "@revoked * " + aKey, "@unknown * " + aKey, "a,b,!c.b " + aKey,
	}, "\r\n")
	var got []string
	for _, k := range parseKnownHosts(text, "f") {
		got = append(got, fmt.Sprint(k.marker, k.hosts, k.where))
	}
	want := "[[host]f, line 3 cert-authority[*.example.com]f, line 7 revoked[*]f, line 8 [a b !c.b]f, line 10]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestPatternsOfHosts(t *testing.T) {
	t.Parallel()
	hashed := knownhosts.HashHostname("[example.com]:2222")
	for _, tt := range []struct {
		patterns, host string
		want           bool
	}{
		{"example.com", "example.com", true},
		{"Example.COM", "example.com", true},
		{"example.com", "[example.com]:2222", false},
		{"[example.com]:2222", "[example.com]:2222", true},
		{"*.com", "example.com", true},
		{"*", "[::1]:22", true},
		{"ex?mple.*", "example.com", true},
		{"ex?mple", "exmple", false},
		{"*.com,!bad.com", "bad.com", false},
		{"!bad.com,*.com", "good.com", true},
		{"!bad.com", "good.com", false},
		{hashed, "[example.com]:2222", true},
		{hashed, "example.com", false},
		{"|1|x", "example.com", false},
		{"|2" + hashed[2:], "[example.com]:2222", false},
		{"|1|!|!", "", false},
		{"", "", true},
	} {
		k := knownKey{hosts: strings.Split(tt.patterns, ",")}
		if got := k.names(tt.host); got != tt.want {
			t.Errorf("%q names %q: %t, want %t", tt.patterns, tt.host, got, tt.want)
		}
	}
	// No pattern takes longer than the product of the lengths.
	if matchPattern(strings.Repeat("*a", 2000)+"b", strings.Repeat("a", 20_000)) {
		t.Error("it matches")
	}
}

func TestKnownKeyTypesComeFirst(t *testing.T) {
	t.Parallel()
	for known, want := range map[string]string{
		"":                       ssh.KeyAlgoED25519,
		"host ecdsa":             ssh.KeyAlgoECDSA256,
		"host rsa":               ssh.KeyAlgoRSASHA512,
		"@cert-authority * rsa":  ssh.CertAlgoED25519v01,
		"other ecdsa":            ssh.KeyAlgoED25519,
		"host ecdsa\nhost rsa\n": ssh.KeyAlgoECDSA256,
	} {
		lines := strings.NewReplacer("ecdsa", ecdsaKey, "rsa", rsaKey).Replace(known)
		h, err := newHostKeys(&location{options: &Options{KnownHosts: &lines}, host: "host", port: "22"})
		if err != nil {
			t.Fatal(err)
		}
		if got := h.algorithms(); got[0] != want || len(got) < 6 {
			t.Errorf("%q: %v first, want %s", known, got, want)
		}
	}
}

const (
	ecdsaKey = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg="
	rsaKey   = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAYQDJEnDDFq8bIAbvoQ5F4MOHUfSUjmBvGrZvGqLSlBo8dYZSjdMCK0w2SJfFvqxIXZfSlRaVPmSi5Xcj3Rrz4q1RzXDgKhmrTRpNDQIHOyw2Cnq/8ubLhnXfQDm8NI3sPmE="
)

func TestALineIsAddedWhereTheLastOneHasNoEnd(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "new", "known_hosts")
	for _, line := range []string{"one\n", "two\n"} {
		if err := appendLine(file, line); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(file, int64(len("one\ntwo"))); err != nil {
		t.Fatal(err)
	}
	if err := appendLine(file, "three\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); string(text) != "one\ntwo\nthree\n" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

func FuzzKnownHosts(f *testing.F) {
	f.Add("host "+aKey+"\n@revoked * "+aKey, "host")
	f.Add(knownhosts.HashHostname("host")+" "+aKey, "host")
	f.Add("!a,*,|1||  "+aKey+"\n@x", "b")
	f.Fuzz(func(_ *testing.T, text, host string) {
		for _, k := range parseKnownHosts(text, "f") {
			k.names(host)
		}
	})
}
