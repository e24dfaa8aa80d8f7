using System.Globalization;
using System.Net;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Host.Lab.Roles;

/// <summary>Everything one host does but the call: sinks, servers, sources, transfers, and the byte counters of its interface.</summary>
/// <remarks>
/// <para>Usage: <c>lab-role host CC [sink=PORT] [serve=PORT] [count=IF]</c>. Orders, times in monotonic ns:
/// <c>source ADDR PORT FLOWS START</c>; <c>pace ADDR PORT BITRATE START</c>; <c>fetch PORT BITRATE START END ADDR...</c>, answered at the end by one <c>t BYTES SECONDS</c> a transfer and
/// <c>fetched STARTED FAILED</c>; <c>stop</c> ends the sources, answered by <c>stopped BYTES RETRANSMISSIONS</c>.</para>
/// <para>With <c>count</c> it prints <c>bytes TIME RX</c> four times a second.</para>
/// </remarks>
internal sealed class HostRole
{
    private static readonly TimeSpan CountEvery = TimeSpan.FromMilliseconds(250);

    private readonly RoleConsole _console = new();
    private readonly string _congestionControl;
    private readonly List<BulkSource> _sources = [];
    private readonly List<PacedSource> _paced = [];

    private HostRole(string congestionControl) => _congestionControl = congestionControl;

    public static int Run(IReadOnlyList<string> arguments)
    {
        HostRole role = new(arguments[0]);
        foreach (string argument in arguments.Skip(1))
        {
            string[] part = argument.Split('=');
            switch (part[0])
            {
                case "sink":
                    BulkSink.Open(Number(part[1]));
                    break;
                case "serve":
                    TransferServer.Open(Number(part[1]), role._congestionControl);
                    break;
                case "count":
                    new Thread(() => role.Count(part[1])) { IsBackground = true, Name = "count" }.Start();
                    break;
                default:
                    throw new LabException($"lab-role host: unknown part {argument}");
            }
        }

        role._console.Say($"ready");
        while (true)
        {
            role.Obey(role._console.NextOrder());
        }
    }

    private void Obey(string[] order)
    {
        switch (order[0])
        {
            case "source":
                BulkSource source = new(new(IPAddress.Parse(order[1]), Number(order[2])), Number(order[3]), _congestionControl);
                _sources.Add(source);
                source.Start(Moment(order[4]));
                break;
            case "pace":
                _paced.Add(new(new(IPAddress.Parse(order[1]), Number(order[2])), new(ulong.Parse(order[3], CultureInfo.InvariantCulture)), Moment(order[4])));
                break;
            case "fetch":
                IPEndPoint[] servers = [.. order.Skip(5).Select(address => new IPEndPoint(IPAddress.Parse(address), Number(order[1])))];
                _ = FetchAsync(new(servers, new(ulong.Parse(order[2], CultureInfo.InvariantCulture))), Moment(order[3]), Moment(order[4]));
                break;
            case "stop":
                Stop();
                break;
        }
    }

    private void Stop()
    {
        long bytes = 0;
        long retransmissions = 0;
        foreach (BulkSource source in _sources)
        {
            (long sent, long again) = source.Stop();
            bytes += sent;
            retransmissions += again;
            if (source.Fault is not null)
            {
                Console.Error.WriteLine(source.Fault);
            }
        }

        _sources.Clear();
        bytes += _paced.Sum(source => source.Stop());
        _paced.Clear();
        _console.Say($"stopped {bytes} {retransmissions}");
    }

    private async Task FetchAsync(TransferClient client, Instant start, Instant end)
    {
        (int started, int failed, IReadOnlyList<(int Bytes, double Seconds)> done) = await client.RunAsync(start, end).ConfigureAwait(false);
        foreach ((int bytes, double seconds) in done)
        {
            _console.Say($"t {bytes} {seconds:0.0000}");
        }

        _console.Say($"fetched {started} {failed}");
    }

    private void Count(string networkInterface)
    {
        MonotonicClock clock = new();
        string directory = $"/sys/class/net/{networkInterface}/statistics/";
        while (true)
        {
            string received = File.ReadAllText(directory + "rx_bytes").Trim();
            _console.Say($"bytes {clock.Now.Nanoseconds} {received}");
            Thread.Sleep(CountEvery);
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static Instant Moment(string text) => new(long.Parse(text, CultureInfo.InvariantCulture));
}
