//go:build !linux

package main

// sparePages does nothing here.
func sparePages() {}
