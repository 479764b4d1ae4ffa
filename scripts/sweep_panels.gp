# A metric over many settings, a panel each. Run by distsim, which sets the variables and writes the data: width, height,
# panel_width, panel_height (px), n_panels, abreast, share, panelN (commands, among them colour, of the line), titleN, title_text, subtitle,
# key_text, unit.
set terminal svg size width, height font "Arial,14" background rgb "white" noenhanced
set encoding utf8
set datafile missing "NaN"

set border 3 lc rgb "#808080"
set tics nomirror out scale 0.6 textcolor rgb "#303030" font "Arial,12"
set ytics format "%g"
set grid xtics ytics lt 1 lw 0.6 lc rgb "#dddddd"
unset key
if (share) { set yrange [0:104] }
set label 1 title_text at screen 12.0 / width, screen 1 - 22.0 / height left font "Arial Bold,18"
set label 2 subtitle at screen 12.0 / width, screen 1 - 44.0 / height left textcolor rgb "#404040"
set label 4 key_text at screen 12.0 / width, screen 1 - 64.0 / height left textcolor rgb "#404040"
set label 3 unit at screen 22.0 / width, screen 0.5 center rotate by 90 textcolor rgb "#303030"
set multiplot
# All panels have the same scale upwards.
if (!share) {
    stats data index "dots1" using 2 nooutput name "all"
    room = all_max > all_min ? 0.06 * (all_max - all_min) : (all_max == 0 ? 1 : 0.1 * abs(all_max))
    set yrange [all_min - room:all_max + room]
}
do for [i = 1:n_panels] {
    column = (i - 1) % abreast
    row = (i - 1) / abreast
    set lmargin at screen (60.0 + column * panel_width + 50) / width
    set rmargin at screen (60.0 + (column + 1) * panel_width - 24) / width
    set tmargin at screen 1 - (86.0 + row * panel_height + 16) / height
    set bmargin at screen 1 - (86.0 + (row + 1) * panel_height - 58) / height
    eval value(sprintf("panel%d", i))
    set xlabel value(sprintf("title%d", i)) font "Arial,12" textcolor rgb "#303030"
    plot data index sprintf("dots%d", i) using 1:2 with points pt 7 ps 0.5 lc rgb "#9ecae1", \
         data index sprintf("means%d", i) using 1:2 with linespoints pt 7 ps 0.9 lw 2.4 lc rgb colour
    unset label 1; unset label 2; unset label 3; unset label 4
}
unset multiplot
