# Share of the distribution points that have the content, over time. Run by distsim, which sets the variables and writes the
# data (breaks: what is left out of the axis): width, height (px), many, n_named, titleN, colourN, dashN, n_bands, key_rows, all_title, n_deadlines, deadlineN, deadline_colourN, title_text,
# subtitle, xmin, xmax and the ticks.
set terminal svg size width, height font "Arial,14" background rgb "white" noenhanced
set encoding utf8
set datafile missing "NaN"

set lmargin at screen 70.0 / width
set rmargin at screen 1 - 24.0 / width
set tmargin at screen 1 - (66.0 + (n_deadlines > 0 ? 16 : 0) + 18 * n_deadlines) / height
set bmargin at screen (64.0 + 24 * key_rows) / height
set xrange [xmin:xmax]
set yrange [0:104]
set border 3 lc rgb "#808080"
set tics nomirror out scale 0.6 textcolor rgb "#303030"
set ytics 0, 20, 100 format "%g %%"
set grid xtics ytics lt 1 lw 0.6 lc rgb "#dddddd"
set label 1 title_text at screen 12.0 / width, screen 1 - 22.0 / height left font "Arial Bold,18"
set label 2 subtitle at screen 12.0 / width, screen 1 - 44.0 / height left textcolor rgb "#404040"
do for [i = 1:n_deadlines] {
    set label 2 + i value(sprintf("deadline%d", i)) at screen 12.0 / width, screen 1 - (50.0 + 18 * i) / height left font "Arial,13" textcolor rgb value(sprintf("deadline_colour%d", i))
}
set key at screen 60.0 / width, screen 24.0 * key_rows / height left top maxrows key_rows vertical samplen 2 reverse Left width 2 spacing 1.15

plot for [i = 1:n_bands] data index sprintf("band%d", i) using 1:2:3 with filledcurves fs transparent solid 0.15 noborder lc rgb value(sprintf("colour%d", i)) notitle, \
     for [i = 1:many] data index "grey" using 1:2 with steps lw 0.8 lc rgb "#bbbbbb" notitle, \
     for [i = 1:n_named] data index sprintf("named%d", i) using 1:2 with steps lw 2.2 dt value(sprintf("dash%d", i)) lc rgb value(sprintf("colour%d", i)) title value(sprintf("title%d", i)), \
     for [i = 1:many] data index "all" using 1:2 with steps lw 4 lc rgb "black" title all_title, \
     data index "breaks" using 1:(0):1:2:(0):(104) with boxxyerror fs solid 1 noborder lc rgb "white" notitle, \
     data index "breaks" using 1:(0):(0):(104) with vectors nohead dt 3 lw 1.5 lc rgb "#808080" notitle, \
     data index "breaks" using 2:(0):(0):(104) with vectors nohead dt 3 lw 1.5 lc rgb "#808080" notitle, \
     data index "breaks" using (($1 + $2) / 2):(52):3 with labels center rotate by 90 font "Arial,11" textcolor rgb "#606060" notitle, \
     for [i = 1:n_deadlines > 0] data index "deadlines" using 1:(0):(0):(104):3 with vectors nohead dt 2 lw 1.5 lc rgb variable notitle, \
     for [i = 1:n_deadlines > 0] data index "deadlines" using 1:2:3 with points pt 7 ps 0.7 lc rgb variable notitle, \
     for [i = 1:n_deadlines > 0] data index "tags" using 1:(104):2:3 with labels center offset 0, 0.6 font "Arial Bold,13" textcolor rgb variable notitle
