# A metric over two settings. Run by distsim, which sets the variables and writes the data: width, height (px), least, most (of the
# metric), dots, labelled, title_text, subtitle, unit, xmin, xmax, ymin, ymax, xtitle, ytitle and the ticks.
set terminal svg size width, height font "Arial,14" background rgb "white" noenhanced
set encoding utf8
set datafile missing "NaN"

set lmargin at screen 190.0 / width
set rmargin at screen 1 - 140.0 / width
set tmargin at screen 1 - 96.0 / height
set bmargin at screen 70.0 / height
set xrange [xmin:xmax]
set yrange [ymin:ymax]
set cbrange [least:most]
set border 3 lc rgb "#808080"
set tics nomirror out scale 0.6 textcolor rgb "#303030"
set xlabel xtitle textcolor rgb "#303030"
set label 3 ytitle at screen 12.0 / width, screen 1 - 82.0 / height left textcolor rgb "#303030"
set cblabel unit textcolor rgb "#303030"
set label 1 title_text at screen 12.0 / width, screen 1 - 22.0 / height left font "Arial Bold,18"
set label 2 subtitle at screen 12.0 / width, screen 1 - 44.0 / height left textcolor rgb "#404040"
set palette defined (0 "#440154", 0.25 "#3b528b", 0.5 "#21918c", 0.75 "#5ec962", 1 "#fde725")
set colorbox user origin screen 1 - 112.0 / width, screen 70.0 / height size screen 18.0 / width, screen 1 - 166.0 / height
unset key

plot for [i = 1:!dots] data index "cells" using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 with boxxyerror fs solid noborder lc palette, \
     for [i = 1:dots] data index "cells" using 1:2:3 with points pt 7 ps 1.6 lc palette, \
     for [i = 1:labelled] data index "cells" using 1:2:4:5 with labels center font "Arial,13" textcolor rgb variable
