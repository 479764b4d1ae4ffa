# What senders and links carried over time, a panel each. Run by distsim, which sets the variables and writes the data:
# width, height, top, bottom, panel_height (px), n_panels, n_columns, n_rows, keys, titleN, ymaxN, ystepN, offN (capacity is off the scale),
# title_text, subtitle, xmin, xmax and the ticks.
set terminal svg size width, height font "Arial,14" background rgb "white" noenhanced
set encoding utf8
set datafile missing "NaN"

rate = "#0072B2"
peak = "#A8D3EE"
capacity = "#D55E00"
band = "#F7D9C4"

set multiplot
# The headings, and a key for all panels.
set lmargin at screen 0
set rmargin at screen 1 - 24.0 / width
set tmargin at screen 1
set bmargin at screen 0
set label 1 title_text at screen 12.0 / width, screen 1 - 22.0 / height left font "Arial Bold,18"
set label 2 subtitle at screen 12.0 / width, screen 1 - 44.0 / height left textcolor rgb "#404040"
unset border
XTICS = 1
set xrange [0:1]
set yrange [0:1]
unset ytics
set format x ""
unset key
set tics scale 0
set xtics textcolor rgb "white"

text_rate = "carried, Mbit/s (mean)"; look_rate = rate
text_peak = "peak in between";        look_peak = peak
text_capacity = "capacity";           look_capacity = capacity
text_band = "capacity, lowest to highest"; look_band = band
number = 10
from = 66.0
do for [name in keys] {
    look = value("look_".name)
    meaning = value("text_".name)
    thick = name eq "capacity" ? 1 : 5
    number = number + 1
    set object number rectangle from screen from / width, screen 1 - (70.0 + thick) / height to screen (from + 24) / width, screen 1 - (70.0 - thick) / height fc rgb look fs solid 1 noborder
    set label number meaning at screen (from + 32) / width, screen 1 - 70.0 / height left
    from = from + 60 + 7.2 * strlen(meaning)
}
plot NaN notitle
do for [i = 11:number] { unset object i; unset label i }
unset label 1
unset label 2

set border 3 lc rgb "#808080"
set tics nomirror out scale 0.6
set grid xtics ytics lt 1 lw 0.6 lc rgb "#dddddd"
set xrange [xmin:xmax]
set ytics autofreq textcolor rgb "#303030" font "Arial,12"

do for [i = 1:n_panels] {
    column = (i - 1) % n_columns
    row = (i - 1) / n_columns
    column_width = (width - 12.0) / n_columns
    set lmargin at screen (column * column_width + 66) / width
    set rmargin at screen ((column + 1) * column_width - 14) / width
    set tmargin at screen 1 - (top + row * panel_height + 24) / height
    set bmargin at screen 1 - (top + (row + 1) * panel_height - 18) / height
    last = row == n_rows - 1 || i + n_columns > n_panels
    if (last) { set xtics textcolor rgb "#303030" font "Arial,12"; set format x "%g" } else { set xtics textcolor rgb "white" font "Arial,1" }
    top_y = value(sprintf("ymax%d", i)) > 0 ? value(sprintf("ymax%d", i)) : 1
    set yrange [0:top_y]
    set ytics 0, value(sprintf("ystep%d", i))
    set label 3 value(sprintf("title%d", i)).(value(sprintf("off%d", i)) ? " (capacity is above the scale)" : "") at graph 0, graph 1 offset 0, 0.7 left font "Arial Bold,13"
    plot data index sprintf("band%d", i) using 1:2:3 with filledcurves fs solid 1 noborder lc rgb band notitle, \
         data index sprintf("rate%d", i) using 1:3 with filledcurves y=0 fs solid 1 noborder lc rgb peak notitle, \
         data index sprintf("rate%d", i) using 1:2 with filledcurves y=0 fs solid 1 noborder lc rgb rate notitle, \
         data index sprintf("band%d", i) using 1:2 with lines lw 1 lc rgb capacity notitle, \
         data index sprintf("band%d", i) using 1:3 with lines lw 1 lc rgb capacity notitle, \
         data index sprintf("capacity%d", i) using 1:2 with steps lw 2 lc rgb capacity notitle, \
         data index 'breaks' using 1:(0):1:2:(0):(top_y) with boxxyerror fs solid 1 noborder lc rgb 'white' notitle, \
         data index 'breaks' using 1:(0):(0):(top_y) with vectors nohead dt 3 lw 1.5 lc rgb '#808080' notitle, \
         data index 'breaks' using 2:(0):(0):(top_y) with vectors nohead dt 3 lw 1.5 lc rgb '#808080' notitle, \
         data index 'breaks' using (($1 + $2) / 2):(top_y / 2):3 with labels center rotate by 90 font 'Arial,10' textcolor rgb '#606060' notitle
}
unset multiplot
