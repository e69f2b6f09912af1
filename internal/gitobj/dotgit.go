package gitobj

import "strings"

// isDotGit reports whether some file system takes a path segment for ".git".
func isDotGit(s string) bool {
	return isHFSName(s, ".git") || isNTFSDotGit(s)
}

// isNTFSDotGit is is_ntfs_dotgit of path.c: ".git" in any case or its short name "git~1", which
// Windows also finds with full stops and blanks behind it, or with the name of a stream after a
// colon: ".git::$INDEX_ALLOCATION" is the directory itself.
func isNTFSDotGit(s string) bool {
	for _, name := range [...]string{".git", "git~1"} {
		if rest, ok := cutPrefixFold(s, name); ok && isNTFSEnd(rest) {
			return true
		}
	}
	return false
}

// isNTFSEnd reports whether NTFS ignores this part of a name.
func isNTFSEnd(s string) bool {
	s, _, _ = strings.Cut(s, ":")
	return strings.Trim(s, ". ") == ""
}

// cutPrefixFold cuts an ASCII prefix of any case.
func cutPrefixFold(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !equalFoldASCII(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// equalFoldASCII is strings.EqualFold without Unicode's folding, in which 'ſ' is an 's'.
func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// isHFSName is is_hfs_dot_generic of utf8.c: equal in any case, when the code points that HFS+
// ignores are taken away. name is in lower case.
func isHFSName(s, name string) bool {
	for _, r := range s {
		if isHFSIgnored(r) {
			continue
		}
		if name == "" || r > 0x7f || lower(byte(r)) != name[0] {
			return false
		}
		name = name[1:]
	}
	return name == ""
}

// isHFSIgnored lists the code points that HFS+ ignores in names (next_hfs_char in utf8.c).
func isHFSIgnored(r rune) bool {
	switch {
	case 0x200c <= r && r <= 0x200f, // joiners and direction marks
		0x202a <= r && r <= 0x202e, // embeddings
		0x206a <= r && r <= 0x206f, // deprecated format characters
		r == 0xfeff:                // byte order mark
		return true
	}
	return false
}

// settingsFile is a file that Git reads from a tree and therefore has rules about.
type settingsFile struct {
	name      string // in lower case
	short     string // six characters of the short name that NTFS makes up when the usual four are taken
	noSymlink bool   // fsck refuses a symbolic link of this name
	noOther   bool   // fsck refuses any other entry of this name that is not a file
}

// settingsFiles are the two of the four files of fsck.c about which it has errors. About
// .gitignore, .mailmap and .gitattributes as symbolic links it only informs.
var settingsFiles = [...]settingsFile{
	{name: ".gitmodules", short: "gi7eba", noSymlink: true, noOther: true},
	{name: ".gitattributes", short: "gi7d29", noOther: true},
}

// matches reports whether HFS+ or NTFS takes the segment for the file.
func (d settingsFile) matches(s string) bool {
	return isHFSName(s, d.name) || d.matchesNTFS(s)
}

// matchesNTFS is is_ntfs_dot_generic of path.c: the name itself, its short names "gitmod~1" to
// "~4", or a fall-back short name such as "gi7eba~1".
func (d settingsFile) matchesNTFS(s string) bool {
	if rest, ok := cutPrefixFold(s, d.name); ok {
		return isNTFSEnd(rest)
	}
	if rest, ok := cutPrefixFold(s, d.name[1:7]+"~"); ok && rest != "" && '1' <= rest[0] && rest[0] <= '4' {
		return isNTFSEnd(rest[1:])
	}
	return len(s) >= 8 && d.isFallback(s[:8]) && isNTFSEnd(s[8:])
}

// isFallback reports whether eight characters are a beginning of short, '~' and a number without
// leading zero.
func (d settingsFile) isFallback(s string) bool {
	stem, number, found := strings.Cut(s, "~")
	return found && len(stem) <= len(d.short) && equalFoldASCII(stem, d.short[:len(stem)]) &&
		number != "" && number[0] != '0' && strings.Trim(number, "0123456789") == ""
}
