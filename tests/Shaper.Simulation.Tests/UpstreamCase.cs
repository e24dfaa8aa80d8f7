namespace Shaper.Simulation.Tests;

/// <summary>A call of the hub's with something beside it, from 5 s on.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Device">With steering or without.</param>
/// <param name="Flows">Downloads of each of two sites.</param>
/// <param name="FloodMegabits">UDP from the second site.</param>
/// <param name="HubMegabits">What the hub's own line carries, and then only the hub sends; 0 for any rate.</param>
internal sealed record UpstreamCase(string Name, SteeredLink.Device Device, int Flows, double FloodMegabits, double HubMegabits = 0);
