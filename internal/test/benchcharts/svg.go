package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// chart is some panels of bars, in columns.
type chart struct {
	title       string
	columns     int
	logarithmic bool // the length of a bar is the logarithm of its value; the least bar is short, not absent
	wide        bool // labels are phrases
	panels      []panel
}

// panel is a group of bars on the same scale.
type panel struct {
	title string
	bars  []bar
}

type bar struct {
	label string
	value float64
}

// Sizes, in the units of the drawing.
const (
	panelWidth  = 430
	labelWidth  = 78
	phraseWidth = 190
	valueWidth  = 62
	rowHeight   = 22
	headHeight  = 54
	titleHeight = 30
	gap         = 20
)

// style has a background of its own, so that text is read on light and on dark pages whichever of
// the two the reader's system asks for.
const style = `<style>
text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #1f2328 }
.head { font-weight: 600; font-size: 16px }
.title { font-weight: 600 }
.back { fill: #ffffff; stroke: #d0d7de }
.bar { fill: #2f6fde }
.floor { fill: #8c959f }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.back { fill: #0d1117; stroke: #30363d }
.bar { fill: #4c8dff }
.floor { fill: #6e7681 }
}
</style>
`

// svg draws the chart.
func (c *chart) svg() string {
	height := 0
	for _, p := range c.panels {
		height = max(height, titleHeight+len(p.bars)*rowHeight)
	}
	rows := (len(c.panels) + c.columns - 1) / c.columns
	w, h := c.columns*(panelWidth+gap)+gap, headHeight+rows*(height+gap)
	var b strings.Builder
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n", w, h, w, h)
	fmt.Fprintf(&b, "<title>%s</title>\n%s", escape(c.title), style)
	fmt.Fprintf(&b, "<rect class=\"back\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", w-1, h-1)
	text(&b, "head", "start", gap, 34, c.title)
	for i, p := range c.panels {
		c.draw(&b, p, gap+i%c.columns*(panelWidth+gap), headHeight+i/c.columns*(height+gap))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// draw draws a panel with its upper left corner at x and y.
func (c *chart) draw(b *strings.Builder, p panel, x, y int) {
	labels := labelWidth
	if c.wide {
		labels = phraseWidth
	}
	text(b, "title", "start", x, y+14, p.title)
	for i, r := range p.bars {
		top := y + titleHeight + i*rowHeight
		class := "bar"
		if r.label == "floor" {
			class = "floor"
		}
		text(b, "", "end", x+labels-8, top+13, r.label)
		length := c.share(p, r.value) * float64(panelWidth-labels-valueWidth)
		fmt.Fprintf(b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n", class, x+labels, top, length, rowHeight-6)
		text(b, "", "start", x+labels+int(math.Ceil(length))+6, top+13, short(r.value))
	}
}

// share returns the part of the room that a bar takes, from 0 to 1.
func (c *chart) share(p panel, v float64) float64 {
	least, most := math.Inf(1), 0.0
	for _, r := range c.scale(p) {
		least, most = min(least, r.value), max(most, r.value)
	}
	switch {
	case v <= 0 || most <= 0:
		return 0
	case !c.logarithmic:
		return v / most
	}
	// The scale begins at a power of ten below the least value.
	low := math.Floor(math.Log10(least)) - 0.2
	return (math.Log10(v) - low) / (math.Log10(most) - low)
}

// scale returns the bars that share a scale: those of a panel, or of the whole of a logarithmic
// chart, so that its panels can be compared.
func (c *chart) scale(p panel) []bar {
	if !c.logarithmic {
		return p.bars
	}
	var all []bar
	for _, p := range c.panels {
		all = append(all, p.bars...)
	}
	return all
}

func text(b *strings.Builder, class, anchor string, x, y int, s string) {
	if class != "" {
		class = fmt.Sprintf(" class=%q", class)
	}
	fmt.Fprintf(b, "<text%s text-anchor=%q x=\"%d\" y=\"%d\">%s</text>\n", class, anchor, x, y, escape(s))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
