# What the threads of senders or transfer managers did. Run by distsim, which sets the variables and writes the data:
# width, height, left, right, top (px), ymax (lanes), title_text, subtitle, below (its second line), keys, foot_keys, text_waiting, xmin, xmax and the
# ticks.
set terminal svg size width, height font "Arial,14" background rgb "white" noenhanced
set encoding utf8
set datafile missing "NaN"

set lmargin at screen left / width
set rmargin at screen 1 - right / width
set tmargin at screen 1 - top / height
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
set label 4 below at screen 12.0 / width, screen 1 - 62.0 / height left textcolor rgb "#404040"
unset key

# Two lines of keys: what the picture shows; and what the feet of the bars mean.
text_high = "high priority";             look_high = "#D55E00"
text_medium = "medium priority";         look_medium = "#0072B2"
text_low = "low priority";               look_low = "#009E73"
text_held = "held, not moving";          look_held = "hatched"
text_lost = "connection lost";           look_lost = "cross"
text_active = "active pull jobs";        look_active = "#56B4E9"
text_no_source = "no source (8212)";     look_no_source = "cross"
text_no_room = "no room (8211)";         look_no_room = "plus"
look_waiting = "#8c8c8c"
text_closed = "kept waiting by a closed schedule"; look_closed = "#CC79A7"
text_link = "a link";                    look_link = "#F0E442"
text_connection = "window or max_rate";  look_connection = "#56B4E9"
text_rate_limit = "rate limit or pulse mode"; look_rate_limit = "#000000"

number = 10
do for [line = 1:2] {
    from = left + 0.0
    y = (line == 1 ? 68.0 : 92.0) + (strlen(below) > 0 ? 18 : 0)
    if (line == 2 && strlen(foot_keys) > 0) {
        set label 3 "Foot of a bar: what held it back for most of its bytes:" at screen from / width, screen 1 - y / height left font "Arial,12"
        from = from + 330
    }
    do for [name in (line == 1 ? keys : foot_keys)] {
        look = value("look_".name)
        meaning = value("text_".name)
        number = number + 1
        if (look[1:1] eq "#") { set object number rectangle from screen from / width, screen 1 - (y + 5) / height to screen (from + 24) / width, screen 1 - (y - 5) / height fc rgb look fs solid 1 noborder }
        if (look eq "hatched") { set object number rectangle from screen from / width, screen 1 - (y + 5) / height to screen (from + 24) / width, screen 1 - (y - 5) / height fc rgb "#606060" fs pattern 4 border rgb "#606060" }
        if (look eq "cross" || look eq "plus") { set label 100 + number "" at screen (from + 12) / width, screen 1 - y / height point pt (look eq "cross" ? 2 : 1) ps 0.7 lw 2 lc rgb "black" }
        set label number meaning at screen (from + 32) / width, screen 1 - y / height left font "Arial,12"
        from = from + 54 + 6.3 * strlen(meaning)
    }
}

middle = (xmin + xmax) / 2
plot \
    data index 'strips' using (middle):1:(xmin):(xmax):1:2 with boxxyerror fs solid 1 noborder lc rgb '#f4f4f4' notitle, \
    data index 'waiting' using 1:4:1:2:3:4 with boxxyerror fs solid 1 noborder lc rgb '#8c8c8c' notitle, \
    data index 'closed' using 1:4:1:2:3:4 with boxxyerror fs solid 1 noborder lc rgb '#CC79A7' notitle, \
    data index 'active' using 1:4:1:2:3:4 with boxxyerror fs solid 1 noborder lc rgb '#56B4E9' notitle, \
    data index 'bars' using 1:3:1:2:3:4:5 with boxxyerror fs solid 1 noborder lc rgb variable notitle, \
    data index 'brakes' using 1:3:1:2:3:4:5 with boxxyerror fs solid 1 noborder lc rgb variable notitle, \
    data index 'holds' using 1:3:1:2:3:4:5 with boxxyerror fs pattern 4 border rgb '#606060' lc rgb variable notitle, \
    data index 'losses' using 1:2 with points pt 2 ps 0.7 lw 2 lc rgb 'black' notitle, \
    data index 'refusals' using 1:($3 == 0 ? $2 : NaN) with points pt 2 ps 0.5 lw 1.5 lc rgb 'black' notitle, \
    data index 'refusals' using 1:($3 == 1 ? $2 : NaN) with points pt 1 ps 0.5 lw 1.5 lc rgb 'black' notitle, \
    data index 'breaks' using 1:3:1:2:3:4 with boxxyerror fs solid 1 noborder lc rgb 'white' notitle, \
    data index 'breaks' using 1:3:(0):($4 - $3) with vectors nohead dt 3 lw 1.5 lc rgb '#808080' notitle, \
    data index 'breaks' using 2:3:(0):($4 - $3) with vectors nohead dt 3 lw 1.5 lc rgb '#808080' notitle, \
    data index 'break_labels' using 1:2:3 with labels center rotate by 90 font 'Arial,11' textcolor rgb '#606060' notitle, \
    data index 'labels' using 1:2:3 with labels center font 'Arial,12' textcolor rgb 'white' notitle, \
    data index 'hold_labels' using 1:3:1:2:3:4 with boxxyerror fs solid 1 noborder lc rgb 'white' notitle, \
    data index 'hold_labels' using (($1 + $2) / 2):(($3 + $4) / 2):5 with labels center font 'Arial,12' textcolor rgb '#303030' notitle, \
    data index 'headings' using (xmin):1:2 with labels left font 'Arial Bold,13' offset -0.5, 0 notitle, \
    data index 'lanes' using (xmin):1:2 with labels right font 'Arial,12' offset -0.8, 0 textcolor rgb '#404040' notitle
