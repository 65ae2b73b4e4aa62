/* The tables of options of the program's classes, in the order of help: class, title, table. A line makes a table known to help, the
   reference, suggestions and restart. Included twice, to declare and to list. Types of energies and monitors bring tables of their own. */
JKO_OPTION_TABLE("Grid", "Cells of a box", GridOptions)
JKO_OPTION_TABLE("Grid", "Obstacles", FieldObstacleOptions)
JKO_OPTION_TABLE("Run", "Initial density", RunDensityOptions)
JKO_OPTION_TABLE("Energy", "Energy of the flow", EnergyOptions)
JKO_OPTION_TABLE("JKO", "Wasserstein gradient flow", JKOOptions)
JKO_OPTION_TABLE("Kernel", "Entropic transport kernel", KernelOptions)
JKO_OPTION_TABLE("Sinkhorn", "One entropic JKO step", SinkhornOptions)
JKO_OPTION_TABLE("Run", "A flow on disk", RunOptions)
JKO_OPTION_TABLE("Monitor", "Scalars of a flow", MonitorOptions)
JKO_OPTION_TABLE("Transport", "Optimal transport", TransportOptions)
