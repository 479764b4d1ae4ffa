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
set border 1 lc rgb "#808080"
set tics nomirror out scale 0.6
unset ytics
set grid xtics lt 1 lw 0.6 lc rgb "#dddddd"
set xtics textcolor rgb "#303030"

set label 1 title_text at screen 12.0 / width, screen 1 - 22.0 / height left font "Arial Bold,18"
set label 2 subtitle at screen 12.0 / width, screen 1 - 44.0 / height left textcolor rgb "#404040"
set key at screen 1 - right / width, screen 1 - 68.0 / height right center horizontal maxrows 1 samplen 1.4 width 0 reverse Left font "Arial,12"

# The key: only what the picture shows.
plot_key = has_waits ? "keyentry with boxes fs solid 1 noborder lc rgb '#8c8c8c' title waiting_text" : "NaN notitle"
if (has_losses) plot_key = "keyentry with points pt 2 ps 0.7 lw 2 lc rgb 'black' title 'connection lost', ".plot_key
if (has_holds) plot_key = "keyentry with boxes fs pattern 4 border rgb '#606060' lc rgb '#606060' title 'held, not moving', ".plot_key
if (has_low) plot_key = "keyentry with boxes fs solid 1 noborder lc rgb '#009E73' title 'low priority', ".plot_key
if (has_medium) plot_key = "keyentry with boxes fs solid 1 noborder lc rgb '#0072B2' title 'medium priority', ".plot_key
if (has_high) plot_key = "keyentry with boxes fs solid 1 noborder lc rgb '#D55E00' title 'high priority', ".plot_key

middle = (xmin + xmax) / 2
eval "plot ".\
    "data index 'strips' using (middle):1:(xmin):(xmax):1:2 with boxxyerror fs solid 1 noborder lc rgb '#f4f4f4' notitle, ".\
    "data index 'waiting' using 1:4:1:2:3:4 with boxxyerror fs solid 1 noborder lc rgb '#8c8c8c' notitle, ".\
    "data index 'bars' using 1:3:1:2:3:4:5 with boxxyerror fs solid 1 noborder lc rgb variable notitle, ".\
    "data index 'holds' using 1:3:1:2:3:4 with boxxyerror fs pattern 4 border rgb '#606060' lc rgb '#606060' notitle, ".\
    "data index 'losses' using 1:2 with points pt 2 ps 0.7 lw 2 lc rgb 'black' notitle, ".\
    "data index 'labels' using 1:2:3 with labels center font 'Arial,12' textcolor rgb 'white' notitle, ".\
    "data index 'headings' using (xmin):1:2 with labels left font 'Arial Bold,13' offset -0.5, 0 notitle, ".\
    "data index 'lanes' using (xmin):1:2 with labels right font 'Arial,12' offset -0.8, 0 textcolor rgb '#404040' notitle, ".\
    plot_key
