# How much each setting matters, a panel of bars per metric. Run by distsim, which sets the variables and writes the data:
# width, height, top, head, foot, bar (px), n_panels, titleN, unitN, mostN, n_barsN, title_text, subtitle; blocks barsN: y, length,
# interval, colour, setting, range.
set terminal svg size width, height font "Arial,14" background rgb "white" noenhanced
set encoding utf8
set datafile missing "NaN"

set multiplot
set label 1 title_text at screen 12.0 / width, screen 1 - 22.0 / height left font "Arial Bold,18"
set label 2 subtitle at screen 12.0 / width, screen 1 - 44.0 / height left textcolor rgb "#404040"
from = 12.0
# In a block gnuplot takes # for a comment.
looks = "#0072B2 #E69F00 #888888 #D8D8D8"
faint = "#505050"
do for [i = 1:4] {
    look = word(looks, i)
    meaning = i == 1 ? "more of it is better" : i == 2 ? "less of it is better" : i == 3 ? "either way" : "not clear (interval of mu has both signs)"
    set object 10 + i rectangle from screen from / width, screen 1 - 74.0 / height to screen (from + 18) / width, screen 1 - 62.0 / height fc rgb look fs solid 1 noborder
    set label 10 + i meaning at screen (from + 24) / width, screen 1 - 68.0 / height left font "Arial,13" textcolor rgb faint
    from = from + 190
}
set border 1 lc rgb "#808080"
set tics nomirror out scale 0.6 textcolor rgb "#303030"
set grid xtics noytics lt 1 lw 0.6 lc rgb "#dddddd"
set lmargin at screen 430.0 / width
set rmargin at screen 1 - 250.0 / width
unset key
unset ytics
set style fill solid 1 noborder
set bars 0.8

at = top
do for [p = 1:n_panels] {
    n = value(sprintf("n_bars%d", p))
    upper = at + head
    lower = upper + n * bar
    set tmargin at screen 1 - upper / height
    set bmargin at screen 1 - lower / height
    set xrange [0:value(sprintf("most%d", p)) * 1.02]
    set yrange [0.4:n + 0.6]
    set xlabel value(sprintf("unit%d", p)) font "Arial,13" offset 0, 0.4
    set label 3 value(sprintf("title%d", p)) at screen 12.0 / width, screen 1 - (at + head - 14.0) / height left font "Arial Bold,15"
    block = sprintf("bars%d", p)
    plot data index block using (0):1:(0):2:($1 - 0.34):($1 + 0.34):5 with boxxyerror lc rgb variable, \
         data index block using 2:1:3:4 with xerrorbars pt 7 ps 0.4 lw 1.6 lc rgb "black", \
         data index block using (0):1:6 with labels right offset -1, 0 font "Arial,13", \
         data index block using 4:1:7 with labels left offset 1, 0 font "Arial,12" textcolor rgb faint
    unset label 1
    unset label 2
    do for [i = 1:4] { unset label 10 + i; unset object 10 + i }
    at = lower + foot
}
unset multiplot
