using Shaper.Engine.Units;
using Shaper.NetSim;

namespace Shaper.Simulation.Tests;

/// <summary>Goodput where only the hub sends and already shapes what it sends to the spoke, without the box and with it; from 8 s after its start on, for 30 s.</summary>
internal readonly record struct ShapedHubOutcome(double WithoutMegabits, double WithMegabits)
{
    /// <summary>Small enough that the hub's own queue never overflows: what is compared is rates, not recoveries.</summary>
    private const int WindowBytes = 100_000;

    public double CostPercent => 100 * (1 - (WithMegabits / WithoutMegabits));

    public static ShapedHubOutcome Of(double hubPercent, int flows) =>
        new(Goodput(hubPercent, flows, SteeredLink.Device.Wire), Goodput(hubPercent, flows, SteeredLink.Device.Steering));

    private static double Goodput(double hubPercent, int flows, SteeredLink.Device device)
    {
        SteeredLink link = new(BitRate.FromMegabits(10), BitRate.FromMegabits(2), [20], seed: 1, device);
        link.ShapeAt(0, BitRate.FromMegabits(10).Scale(hubPercent / 100));
        List<TcpReceiver> receivers = [];
        for (int flow = flows; flow > 0; flow--)
        {
            receivers.Add(link.Download(0, 2, 0.1 * flow, windowBytes: WindowBytes));
        }

        link.RunTo(10);
        long before = receivers.Sum(static one => one.ReceivedBytes);
        link.RunTo(40);
        return (receivers.Sum(static one => one.ReceivedBytes) - before) * 8 / 30e6;
    }
}
