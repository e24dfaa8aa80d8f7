using CsCheck;
using Shaper.Engine.Interop;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

public sealed class ReleaseWheelTests
{
    private const long Begin = 1_000_000_000;
    private const int Connections = 12;

    private enum Does
    {
        Add,
        Remove,
        Advance,
        Take,
    }

    private static readonly Gen<Does> Often = Gen.Frequency(
        (6, Gen.Const(Does.Add)), (2, Gen.Const(Does.Remove)), (2, Gen.Const(Does.Advance)), (6, Gen.Const(Does.Take)));

    /// <summary>Against a plain list of ticks: what is due comes in the order of its slots, never early, and the deadline is the first slot's.</summary>
    [Fact]
    public void Says_what_a_list_of_release_times_says()
    {
        // Steps of up to the whole turn, most of a few slots; due times from a little before the present to beyond the horizon.
        Gen<long> pass = Gen.Frequency((8, Gen.Long[0, 200_000]), (1, Gen.Long[0, ReleaseWheel.Horizon.Nanoseconds]));
        Gen<long> ahead = Gen.Frequency((8, Gen.Long[-50_000, 2_000_000]), (1, Gen.Long[0, ReleaseWheel.Horizon.Nanoseconds + 10_000_000]));
        Gen.Select(Often, Gen.Int[0, Connections - 1], pass, ahead).Array[1, 200].Sample(steps =>
        {
            LineArray<TcpConnection> connections = new(Connections);
            ReleaseWheel wheel = new(connections, new(Begin));
            Dictionary<int, long> plain = [];
            long now = Begin;
            long tick = Begin / ReleaseWheel.SlotNanoseconds;
            foreach ((Does does, int index, long passed, long due) in steps)
            {
                now += passed;
                switch (does)
                {
                    case Does.Add when !plain.ContainsKey(index):
                        wheel.AdvanceTo(now);
                        tick = Advanced(plain, tick, now);
                        wheel.Add(index, now + due);
                        plain[index] = SlotOf(now + due, tick);
                        break;
                    case Does.Remove when plain.Remove(index):
                        wheel.Remove(index);
                        break;
                    case Does.Advance:
                        wheel.AdvanceTo(now);
                        tick = Advanced(plain, tick, now);
                        break;
                    case Does.Take:
                        bool isDue = plain.Count > 0 && plain.Values.Min() <= now / ReleaseWheel.SlotNanoseconds;
                        Assert.Equal(isDue, wheel.IsDue(now));
                        if (isDue)
                        {
                            tick = plain.Values.Min();
                            int taken = wheel.First();
                            Assert.Equal(tick, plain[taken]);
                            if (passed % 2 == 0)
                            {
                                wheel.RemoveFirst(ref connections[taken]);
                                plain.Remove(taken);
                            }
                            else
                            {
                                // The connection holds another one.
                                wheel.MoveFirst(taken, ref connections[taken], now + due);
                                plain[taken] = SlotOf(now + due, tick);
                            }
                        }

                        break;
                    default:
                        break;
                }

                Assert.Equal(plain.Count == 0, wheel.IsEmpty);
                Assert.Equal(plain.Count == 0 ? Instant.Never : new(plain.Values.Min() * ReleaseWheel.SlotNanoseconds), wheel.NextDeadline);
            }
        });
    }

    private static long SlotOf(long due, long tick) =>
        Math.Clamp((due + ReleaseWheel.SlotNanoseconds - 1) / ReleaseWheel.SlotNanoseconds, tick, tick + (ReleaseWheel.Horizon.Nanoseconds / ReleaseWheel.SlotNanoseconds));

    private static long Advanced(Dictionary<int, long> plain, long tick, long now) =>
        Math.Max(tick, plain.Count == 0 ? now / ReleaseWheel.SlotNanoseconds : Math.Min(now / ReleaseWheel.SlotNanoseconds, plain.Values.Min()));
}
