# By how much variants differ from the baseline, a row each. Run by distsim, which sets the variables and writes the data:
# width, height (px), xmin, xmax (%), ymax (rows), title_text, subtitle, axis.
set terminal svg size width, height font "Arial,14" background rgb "white" noenhanced
set encoding utf8
set datafile missing "NaN"

set lmargin at screen 400.0 / width
set rmargin at screen 1 - 330.0 / width
set tmargin at screen 1 - 104.0 / height
set bmargin at screen 62.0 / height
set xrange [xmin:xmax]
set yrange [ymax:-0.7]
set border 1 lc rgb "#808080"
set tics nomirror out scale 0.6 textcolor rgb "#303030"
set xtics format "%+g %%" font "Arial,12"
set xtics add ("baseline" 0)
unset ytics
set xlabel axis font "Arial,12" textcolor rgb "#303030" offset 0, 0.6
set grid xtics lt 1 lw 0.6 lc rgb "#dddddd"
set label 1 title_text at screen 12.0 / width, screen 1 - 22.0 / height left font "Arial Bold,18"
set label 2 subtitle at screen 12.0 / width, screen 1 - 44.0 / height left textcolor rgb "#404040"
set arrow 1 from 0, graph 0 to 0, graph 1 nohead lw 2 lc rgb "black"
set key at screen 12.0 / width, screen 1 - 64.0 / height left top vertical maxrows 1 samplen 2 reverse Left width -24 font "Arial,12"

plot \
    data index 'better' using 1:4:2:3 with xerrorbars pt 7 ps 0.9 lw 2 lc rgb '#0072B2' title 'better', \
    data index 'worse' using 1:4:2:3 with xerrorbars pt 9 ps 1.1 lw 2 lc rgb '#D55E00' title 'worse', \
    data index 'alike' using 1:4:2:3 with xerrorbars pt 5 ps 0.8 lw 2 lc rgb '#707070' title 'alike', \
    data index 'near' using 1:4:2:3 with xerrorbars pt 11 ps 1.0 lw 2 lc rgb '#CC79A7' title 'near the tolerance', \
    data index 'undecided' using 1:4:2:3 with xerrorbars pt 6 ps 0.9 lw 2 lc rgb '#999999' title 'no difference at this precision', \
    data index 'beyond' using ($1 > 0 ? $1 : NaN):2:('>>') with labels right offset -1, 0 notitle, \
    data index 'beyond' using ($1 < 0 ? $1 : NaN):2:('<<') with labels left offset 1, 0 notitle, \
    data index 'headings' using (xmin):1:2 with labels right font 'Arial Bold,13' offset -1, 0 notitle, \
    data index 'names' using (xmin):1:2 with labels right font 'Arial,12' offset -1, 0 textcolor rgb '#404040' notitle, \
    data index 'values' using (xmax):1:2 with labels left font 'Arial,12' offset 1, 0 textcolor rgb '#404040' notitle
