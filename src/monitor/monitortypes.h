/* The kinds of monitor: name, constructor, what it tells. Each is a file in impls/ and a line here. */
MONITOR_TYPE("reaction", MonitorCreate_Reaction, "mass that reaction makes, and its balance; always there in a flow that reacts")
MONITOR_TYPE("energy", MonitorCreate_Energy, "the energy of each term")
MONITOR_TYPE("moments", MonitorCreate_Moments, "mean and covariance of the density")
MONITOR_TYPE("kl", MonitorCreate_KL, "KL divergence to the Gibbs state")
MONITOR_TYPE("w2", MonitorCreate_W2, "metric derivative, error of W2 to the target")
MONITOR_TYPE("production", MonitorCreate_Production, "entropy production and Fisher information")
MONITOR_TYPE("balance", MonitorCreate_Balance, "energy dissipation balance of each step")
MONITOR_TYPE("inequalities", MonitorCreate_Inequalities, "decay rates, log-Sobolev, Talagrand and HWI inequalities")
