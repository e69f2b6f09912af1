package provider

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

var sizeUnits = map[string]int64{
	"": 1, "B": 1,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
	"kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
}

// parseSize reads a size in bytes: "1048576", "512 KiB", "64MiB", "1.5GB".
func parseSize(s string) (int64, error) {
	s = strings.TrimSpace(s)
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(s)
	}
	number, unit := s[:end], strings.TrimSpace(s[end:])
	factor, ok := sizeUnits[unit]
	if number == "" || !ok {
		return 0, fmt.Errorf(`%.40q is not a size: write bytes, or a number with B, KiB, MiB, GiB, TiB, kB, MB, GB or TB, such as "64MiB"`, s)
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		if n > math.MaxInt64/factor {
			return 0, fmt.Errorf("%.40q is larger than any size can be", s)
		}
		return n * factor, nil
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("%.40q is not a size: %w", s, err)
	}
	if n *= float64(factor); n >= math.MaxInt64 {
		return 0, fmt.Errorf("%.40q is larger than any size can be", s)
	}
	return int64(n), nil
}
