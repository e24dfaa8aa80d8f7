namespace Shaper.Simulation.Tests;

/// <summary>Traffic that makes a queue at the provider, or does not.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Device">With steering connections are probed; without it calls are all there is.</param>
/// <param name="HasCall">From 0 s on.</param>
/// <param name="Flows">Of each of two sites, at 20 and 30 ms, from 2 and from 7 s on.</param>
/// <param name="FloodMegabits">UDP from the second site from 10 s on; 0 for none.</param>
internal sealed record QueueCase(string Name, SteeredLink.Device Device, bool HasCall, int Flows, double FloodMegabits);
