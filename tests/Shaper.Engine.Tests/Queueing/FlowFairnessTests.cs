using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Queueing;

/// <summary>Who gets how much, in exact simulation: flows that always have frames, a link that takes one frame after the other.</summary>
public sealed class FlowFairnessTests
{
    private static readonly Instant Now = new(1);

    [Fact]
    public void Flows_of_one_host_share_alike_whatever_their_frame_sizes() =>
        Gen.Select(Gen.Int[2, 200], Gen.Int[300, 3_000], Gen.Int[1, 1_000_000]).Sample(
            (flows, quantum, seed) =>
            {
                long[] sent = Serve(flows, flow => 1, quantum, seed, framesToServe: 100 * flows, lag: out _);
                Assert.InRange(Jain(sent), 0.99, 1);
            },
            iter: 60);

    /// <summary>Shreedhar and Varghese's bound with the turn charged by deficit: a quantum and a frame apart at most, at every moment since the start.</summary>
    [Fact]
    public void No_flow_leads_another_by_more_than_a_quantum_and_a_frame() =>
        Gen.Select(Gen.Int[2, 60], Gen.Int[300, 5_000], Gen.Int[1, 1_000_000]).Sample(
            (flows, quantum, seed) =>
            {
                Serve(flows, flow => 1, quantum, seed, framesToServe: 40 * flows, out long lag);
                Assert.InRange(lag, 0, quantum + FlowQueueFixture.LargestFrameBytes);
            },
            iter: 100);

    [Theory]
    [InlineData(200, 2)]
    [InlineData(1, 1)]
    [InlineData(500, 1)]
    [InlineData(40, 39)]
    public void A_host_with_many_connections_counts_like_one_with_few(int flowsOfFirst, int flowsOfSecond)
    {
        int flows = flowsOfFirst + flowsOfSecond;
        long[] sent = Serve(flows, flow => flow < flowsOfFirst ? 1 : 2, 1_514, 1, framesToServe: 20_000, lag: out _);
        long first = sent.AsSpan(0, flowsOfFirst).ToArray().Sum();
        long second = sent.AsSpan(flowsOfFirst).ToArray().Sum();
        Assert.InRange((double)first / second, 0.97, 1.03);
    }

    [Fact]
    public void Hosts_with_any_number_of_flows_share_alike() =>
        Gen.Select(Gen.Int[1, 120].Array[2, 12], Gen.Int[300, 1_514], Gen.Int[1, 1_000_000]).Sample(
            (flowsOfHost, quantum, seed) =>
            {
                List<int> hostOf = [];
                for (int host = 0; host < flowsOfHost.Length; host++)
                {
                    hostOf.AddRange(Enumerable.Repeat(host, flowsOfHost[host]));
                }

                long[] sent = Serve(hostOf.Count, flow => hostOf[flow], quantum, seed, framesToServe: 1_000 * flowsOfHost.Length, lag: out _);
                double[] ofHost = new double[flowsOfHost.Length];
                for (int flow = 0; flow < sent.Length; flow++)
                {
                    ofHost[hostOf[flow]] += sent[flow];
                }

                double mean = ofHost.Average();
                Assert.All(ofHost, bytes => Assert.InRange(bytes / mean, 0.97, 1.03));
            },
            iter: 60);

    [Fact]
    public void Without_host_fairness_every_flow_counts_alike()
    {
        FlowQueueSettings settings = FlowQueueFixture.NoCodel(hosts: HostKey.None);
        long[] sent = Serve(11, flow => flow < 10 ? 1 : 2, settings, 1, framesToServe: 11_000, out _);
        Assert.InRange(Jain(sent), 0.999, 1);
    }

    [Fact]
    public void A_sparse_flow_waits_for_the_frame_on_the_line_and_no_other()
    {
        FlowQueueFixture box = new();
        for (int i = 0; i < 160; i++)
        {
            box.Put(i % 16, i % 4, 1_514, Now);
        }

        for (int i = 0; i < 20; i++)
        {
            box.Take(Now);
        }

        // One frame a round trip, as of a query: the flow is new each time, and first each time.
        for (int i = 0; i < 100; i++)
        {
            box.Put(99, i % 4, 100, Now);
            Assert.Equal(FlowFrames.Hash(99), box.Take(Now)!.Value.Flow);
            for (int j = 0; j < 16; j++)
            {
                box.Put(box.Take(Now) is { } taken ? FlowNumber(taken.Flow) : 0, j % 4, 1_514, Now);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_flow_that_stops_and_starts_gets_no_more_than_its_share(int hosts)
    {
        // Flow 0 offers a frame whenever it has none queued, so it becomes active anew each time; flow 1 always has frames.
        FlowQueueFixture box = new();
        long[] sent = new long[2];
        box.Put(0, 1, 1_514, Now);
        for (int i = 0; i < 10; i++)
        {
            box.Put(1, hosts, 1_514, Now);
        }

        for (int i = 0; i < 10_000; i++)
        {
            int flow = box.Take(Now)!.Value.Flow == FlowFrames.Hash(0) ? 0 : 1;
            sent[flow] += 1_514;
            box.Put(flow, flow == 0 ? 1 : hosts, 1_514, Now);
        }

        Assert.InRange((double)sent[0] / sent[1], 0.4, 1.03);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_host_that_opens_connection_after_connection_does_not_beat_one_long_transfer(int framesEach)
    {
        FlowQueueFixture box = new();
        long[] sent = new long[2];
        for (int i = 0; i < 10; i++)
        {
            box.Put(0, 1, 1_514, Now);
        }

        int next = 1;
        for (int i = 0; i < 20_000; i++)
        {
            // The second host keeps 20 short flows going, and never the same twice.
            for (; box.Queues.ActiveFlows < 21; next++)
            {
                for (int j = 0; j < framesEach; j++)
                {
                    box.Put(next, 2, 1_514, Now);
                }
            }

            int host = box.Take(Now)!.Value.Flow == FlowFrames.Hash(0) ? 0 : 1;
            sent[host] += 1_514;
            if (host == 0)
            {
                box.Put(0, 1, 1_514, Now);
            }
        }

        Assert.InRange((double)sent[1] / sent[0], 0.97, 1.03);
    }

    [Fact]
    public void A_ranked_acknowledgement_flow_stays_sparse_at_four_times_the_share()
    {
        Assert.True(WaitOfAcks(rank: true) < 0.3 * WaitOfAcks(rank: false));

        // Eight uploads and one stream of acknowledgements that takes a quarter of the link: twice its share.
        static double WaitOfAcks(bool rank)
        {
            FlowQueueFixture box = new(settings: FlowQueueFixture.NoCodel(hosts: HostKey.None) with { RankAcks = rank });
            for (int i = 0; i < 80; i++)
            {
                box.Put(1 + (i % 8), 1, 1_514, Now);
            }

            Instant now = Now;
            long wait = 0;
            int acks = 0;
            long owedBytes = 0;
            while (acks < 3_000)
            {
                (uint flow, int wireBytes, _) = box.Take(now)!.Value;
                now += new Duration(wireBytes);
                if (flow != FlowFrames.Hash(0))
                {
                    box.Put(FlowNumber(flow), 1, 1_514, now);
                }

                for (owedBytes += wireBytes / 4; owedBytes >= 84; owedBytes -= 84)
                {
                    FrameHandle ack = box.Frames.Make(FlowFrames.Hash(0), 1, 84, now);
                    box.Frames.Pool.Meta(ack).Traits |= FrameTraits.AckOnly;
                    box.Queues.Enqueue(ack, now);
                    acks++;
                }

                wait += box.Queues.WireBytes - (80 * 1_514);
            }

            return Math.Max(1, wait);
        }
    }

    private static int FlowNumber(uint hash)
    {
        int number = 0;
        while (FlowFrames.Hash(number) != hash)
        {
            number++;
        }

        return number;
    }

    private static double Jain(long[] sent)
    {
        double sum = sent.Sum(x => (double)x);
        return sum * sum / (sent.Length * sent.Sum(x => (double)x * x));
    }

    private static long[] Serve(int flows, Func<int, int> hostOf, int quantum, int seed, int framesToServe, out long lag) =>
        Serve(flows, hostOf, FlowQueueFixture.NoCodel(quantum), seed, framesToServe, out lag);

    /// <summary>Keeps three frames of random size queued for every flow and serves; returns bytes by flow and the greatest lead of one over another.</summary>
    private static long[] Serve(int flows, Func<int, int> hostOf, FlowQueueSettings settings, int seed, int framesToServe, out long lag)
    {
        FlowQueueFixture box = new(slots: Math.Max(64, 4 * flows), settings: settings);
        Random random = new(seed);
        Dictionary<uint, int> numberOf = [];
        int[] typical = new int[flows];
        for (int flow = 0; flow < flows; flow++)
        {
            numberOf[FlowFrames.Hash(flow)] = flow;
            typical[flow] = random.Next(64, FlowQueueFixture.LargestFrameBytes);
            for (int i = 0; i < 3; i++)
            {
                box.Put(flow, hostOf(flow), Size(flow), Now);
            }
        }

        long[] sent = new long[flows];
        lag = 0;
        for (int i = 0; i < framesToServe; i++)
        {
            (uint hash, int wireBytes, _) = box.Take(Now)!.Value;
            int flow = numberOf[hash];
            sent[flow] += wireBytes;
            box.Put(flow, hostOf(flow), Size(flow), Now);
            lag = Math.Max(lag, sent.Max() - sent.Min());
        }

        Assert.Equal(0, box.Drops.TotalFrames);
        return sent;

        int Size(int flow) => random.Next(8) == 0 ? random.Next(64, FlowQueueFixture.LargestFrameBytes + 1) : typical[flow];
    }
}
