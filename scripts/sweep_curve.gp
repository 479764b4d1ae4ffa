# A metric over one setting. Run by distsim, which sets the variables and writes the data: width, height, left, right (px),
# n_series, titleN, named, intervals, joined, share, from_zero, deadline, title_text, subtitle, unit, xmin, xmax, xtitle and the ticks.
set terminal svg size width, height font "Arial,14" background rgb "white" noenhanced
set encoding utf8
set datafile missing "NaN"

set lmargin at screen left / width
set rmargin at screen 1 - right / width
set tmargin at screen 1 - 76.0 / height
set bmargin at screen (84.0 + (named ? 14 + 27 * n_series : 0)) / height
set xrange [xmin:xmax]
if (share) { set yrange [0:104] }
if (from_zero) { set yrange [0:*] }
if (deadline) { set yrange [*<0:0<*] }
set offsets 0, 0, graph 0.06, 0
set border 3 lc rgb "#808080"
set tics nomirror out scale 0.6 textcolor rgb "#303030"
set ytics format "%g"
set grid xtics ytics lt 1 lw 0.6 lc rgb "#dddddd"
set xlabel xtitle textcolor rgb "#303030"
set ylabel unit textcolor rgb "#303030" offset 0.5, 0
set label 1 title_text at screen 12.0 / width, screen 1 - 22.0 / height left font "Arial Bold,18"
set label 2 subtitle at screen 12.0 / width, screen 1 - 44.0 / height left textcolor rgb "#404040"
if (deadline) {
    set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead dt 2 lw 1.5 lc rgb "#B04A00"
    set label 3 "deadline; below: late" at graph 1, first 0 right offset -0.5, 0.7 textcolor rgb "#B04A00" font "Arial,12"
}
set key at screen 60.0 / width, screen (8.0 + 27 * n_series) / height left top maxcols 1 samplen 2 reverse Left spacing 1.25
array colour[8] = ["#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#000000", "#999999"]
array shape[8] = [7, 5, 9, 11, 13, 6, 4, 8]

plot for [i = 1:n_series * intervals] data index sprintf("series%d", i) using 1:2:3:4 with yerrorbars pt -1 lw 1.6 lc rgb colour[i] notitle, \
     for [i = 1:n_series * joined] data index sprintf("series%d", i) using 1:2 with lines lw 2 lc rgb colour[i] notitle, \
     for [i = 1:n_series] data index sprintf("series%d", i) using 1:2 with points pt shape[i] ps 0.8 lw 2 lc rgb colour[i] title (named ? value(sprintf("title%d", i)) : "")
