# What the threads of senders or transfer managers did. Run by distsim, which sets the variables and writes the data:
# width, height, left, right (px), ymax (lanes), title_text, subtitle, has_*, waiting_text, xmin, xmax and the ticks.
set terminal svg size width, height font "Arial,14" background rgb "white" noenhanced
set encoding utf8
set datafile missing "NaN"

set lmargin at screen left / width
set rmargin at screen 1 - right / width
set tmargin at screen 1 - 96.0 / height
set bmargin at screen 66.0 / height
set xrange [xmin:xmax]
set yrange [ymax:0]
unset ytics
set border 1 lc rgb "#808080"
set tics nomirror out scale 0.6
set grid xtics lt 1 lw 0.6 lc rgb "#dddddd"
set xtics textcolor rgb "#303030"
set xlabel "local time at the top site" textcolor rgb "#303030" offset 0, -0.3

set label 1 title_text at screen 12.0 / width, screen 1 - 22.0 / height left font "Arial Bold,18"
set label 2 subtitle at screen 12.0 / width, screen 1 - 44.0 / height left textcolor rgb "#404040"
set key at screen 1 - right / width, screen 1 - 68.0 / height right center horizontal samplen 1.4 width 1 reverse Left

high = "#D55E00"
medium = "#0072B2"
low = "#009E73"

edge(x) = xmin + x * (xmax - xmin)
plot \
    data index "strips" using (edge(0.5)):1:(xmin):(xmax):1:2 with boxxyerror fs solid 1 noborder lc rgb "#f4f4f4" notitle, \
    data index "waiting" using 1:4:1:2:3:4 with boxxyerror fs solid 1 noborder lc rgb "#8c8c8c" notitle, \
    data index "bars" using 1:3:1:2:3:4:5 with boxxyerror fs solid 1 noborder lc rgb variable notitle, \
    data index "holds" using 1:3:1:2:3:4 with boxxyerror fs pattern 4 border lc rgb "#606060" notitle, \
    data index "losses" using 1:2 with points pt 2 ps 0.7 lw 2 lc rgb "black" notitle, \
    data index "labels" using 1:2:3 with labels center font "Arial,12" textcolor rgb "white" notitle, \
    data index "headings" using (xmin):1:2 with labels left font "Arial Bold,13" offset -0.5, 0 notitle, \
    data index "lanes" using (xmin):1:2 with labels right offset -0.8, 0 font "Arial,12" textcolor rgb "#404040" notitle, \
    has_high ? NaN : 1/0 with boxes fs solid 1 noborder lc rgb high title (has_high ? "high priority" : ""), \
    has_medium ? NaN : 1/0 with boxes fs solid 1 noborder lc rgb medium title (has_medium ? "medium priority" : ""), \
    has_low ? NaN : 1/0 with boxes fs solid 1 noborder lc rgb low title (has_low ? "low priority" : ""), \
    has_holds ? NaN : 1/0 with boxes fs pattern 4 border lc rgb "#606060" title (has_holds ? "holds the thread, moves nothing" : ""), \
    has_losses ? NaN : 1/0 with points pt 2 ps 0.7 lw 2 lc rgb "black" title (has_losses ? "connection lost" : ""), \
    1/0 with boxes fs solid 1 noborder lc rgb "#8c8c8c" title waiting_text
