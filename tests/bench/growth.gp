# Cost per transfer against the number of transfers in flight, from the tables that bench_flows and bench_herd print:
#
#     build/release/tests/bench/bench_flows > flows.txt; build/release/tests/bench/bench_herd > herd.txt
#     gnuplot -e "flows='flows.txt'; herd='herd.txt'; picture='growth.svg'" tests/bench/growth.gp
set terminal svg size 760, 460 font "Arial,14" background rgb "white" noenhanced
set encoding utf8
set output picture
set logscale x
set xrange [80:320000]
set yrange [0:*]
set border 3 lc rgb "#808080"
set tics nomirror out scale 0.6 textcolor rgb "#303030"
set xtics ("100" 100, "1,000" 1000, "10,000" 10000, "100,000" 100000)
set grid xtics ytics lt 1 lw 0.6 lc rgb "#dddddd"
set title "Time per transfer: median, lowest and highest of five runs" font "Arial Bold,16"
set xlabel "transfers in flight"
set ylabel "µs"
set key top left reverse Left
array colour[6] = ["#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7"]
rows(kind, file) = sprintf("< grep '^%s ' %s", kind, file)
curve(i) = word("up site dp source access mixed", i)
file(i) = i <= 3 ? flows : herd
each(i) = i <= 3 ? 1 : 50 # bench_herd counts points
plot for [i = 1:6] rows(curve(i), file(i)) using ($2 * each(i)):3 with lines lw 2 lc rgb colour[i] notitle, \
     for [i = 1:6] rows(curve(i), file(i)) using ($2 * each(i) * (1 + 0.03 * i)):3:4:5 with yerrorbars pt 7 ps 0.6 lw 1.4 \
         lc rgb colour[i] title (i <= 3 ? "" : "herd, ").curve(i)
