# What a delivery costs as hierarchies grow: growth.txt, the table of bench_growth, to growth.svg.
set terminal svg size 900,420 font "sans,14" background "white"
set output "growth.svg"
set multiplot layout 1,2
set logscale x
set xlabel "distribution points"
set format x "10^{%L}"
set xrange [80:130000]
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
unset key
set title "user time per delivery (µs)"
set yrange [0:*]
plot "growth.txt" using 1:3 with linespoints pt 7 lw 2 lc rgb "#0072b2"
set title "memory per delivery (bytes)"
plot "growth.txt" using 1:4 with linespoints pt 7 lw 2 lc rgb "#d55e00"
unset multiplot
