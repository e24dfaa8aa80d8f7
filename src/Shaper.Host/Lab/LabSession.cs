using System.Globalization;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Shaper.Host.Lab.Roles;

namespace Shaper.Host.Lab;

/// <summary>One lab that stands: its namespaces and the processes in them. Holds trials one after the other; <see cref="Dispose"/> takes everything down.</summary>
/// <remarks>
/// Processes live through all trials, so a second trial meets warm code. The call's and the wire's have no tiered compilation: nothing is
/// compiled behind their backs while they measure. Used by one thread of control at a time.
/// </remarks>
internal sealed class LabSession : IDisposable
{
    private const int SinkPort = 5201;
    private const int ServePort = 8080;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);

    /// <summary>How long after the last probe's path delay it may still come.</summary>
    private static readonly Duration ProbePatience = Duration.FromMilliseconds(200);

    /// <summary>Between the order to call and the call: both ends must have read it.</summary>
    private static readonly Duration CallLead = Duration.FromMilliseconds(300);

    /// <summary>
    /// The call and the wide-area paths stand for machines elsewhere, which nothing on this one would hold up. They need next to no time of a core.
    /// </summary>
    private static readonly string[] Undisturbed = ["nice", "-n", "-11"];

    private static readonly Dictionary<string, string> NoTiering = new() { ["DOTNET_TieredCompilation"] = "0", ["DOTNET_gcConcurrent"] = "0" };

    private readonly LabScenario _scenario;
    private readonly LabProgress _progress;
    private readonly LabClaim _claim;
    private readonly LabTopology _topology;
    private readonly string _outDirectory;
    private readonly MonotonicClock _clock = new();
    private readonly List<LabProcess> _processes = [];
    private readonly List<LabProcess> _sites = [];
    private LabProcess _hubCall = null!;
    private LabProcess _phoneCall = null!;
    private LabProcess _pc = null!;
    private LabBox? _box;
    private uint _trials;

    public LabSession(LabScenario scenario, string outDirectory, LabProgress progress)
    {
        _scenario = scenario;
        _outDirectory = outDirectory;
        _progress = progress;
        _claim = LabClaim.Take();
        _topology = new(_claim.Prefix, scenario);
    }

    /// <summary>The lab's namespaces start with this.</summary>
    public string Prefix => _claim.Prefix;

    /// <summary>Whether the provider's FIFOs are the kernel's or ours.</summary>
    public bool OwnFifo => _topology.OwnFifo;

    /// <summary>Builds the network and starts the roles.</summary>
    public async Task BuildAsync(CancellationToken cancel)
    {
        _progress.Phase = "building the network";
        await Task.Run(_topology.Build, cancel).ConfigureAwait(false);
        _progress.Phase = "starting sites, PC and phone";
        LabProcess wire = StartMeasuringRole("wire", LabTopology.Path, [.. _topology.WireSpecs()]);
        _hubCall = StartMeasuringRole("call", LabTopology.Hub, [LabTopology.SiteAddress(0), LabTopology.PhoneAddress]);
        _phoneCall = StartMeasuringRole("call", LabTopology.Phone, [LabTopology.PhoneAddress, LabTopology.SiteAddress(0)]);
        _pc = StartRole("host", LabTopology.Pc, [_scenario.CongestionControl, $"sink={SinkPort}", "count=eth0"]);
        for (int i = 0; i < _scenario.Sites.Count; i++)
        {
            _sites.Add(StartRole("host", LabTopology.Site(i), [_scenario.CongestionControl, $"sink={SinkPort}", $"serve={ServePort}", "count=eth0"]));
        }

        foreach (LabProcess process in (IEnumerable<LabProcess>)[wire, _hubCall, _phoneCall, _pc, .. _sites])
        {
            await process.ExpectAsync("ready", StartLimit, null, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Starts the box between modem and LAN switch and waits until it forwards.</summary>
    public async Task StartBoxAsync(CancellationToken cancel)
    {
        _progress.Phase = "starting the box";
        _box = await LabBox.StartAsync(
            _topology.Space(LabTopology.Appliance), _scenario, _claim.SocketPath, _outDirectory, cancel).ConfigureAwait(false);
    }

    /// <summary>Ends the box, which hands the wire back to the bridge.</summary>
    public void StopBox()
    {
        _box?.Dispose();
        _box = null;
    }

    /// <summary>One call with the scenario's work around it.</summary>
    public async Task<TrialResult> RunTrialAsync(string name, string phase, CancellationToken cancel)
    {
        _progress.Phase = "looking for the path";
        await FindPathAsync(cancel).ConfigureAwait(false);
        long? stallsBefore = _box is null ? null : await _box.StallsAsync(cancel).ConfigureAwait(false);
        uint trial = ++_trials;
        Instant start = _clock.Now + CallLead;
        TrialCounts counts = new(_sites.Count, _progress);
        DrainHosts(counts);
        _progress.BeginTrial(phase, start);
        string call = string.Create(
            CultureInfo.InvariantCulture,
            $"call {trial} {start.Nanoseconds} {_scenario.CallPackets} {(_scenario.Fifo + _scenario.CallPath + Duration.FromMilliseconds(300)).Nanoseconds}");
        _hubCall.Send(call);
        _phoneCall.Send(call);
        OrderWork(start);

        Task<VoiceTrace> down = HearAsync(_phoneCall, Direction.Inbound, cancel);
        Task<VoiceTrace> up = HearAsync(_hubCall, Direction.Outbound, cancel);
        Instant end = start + Duration.FromSeconds(_scenario.Seconds);
        while (_clock.Now < end && !down.IsFaulted && !up.IsFaulted)
        {
            DrainHosts(counts);
            await Task.Delay(100, cancel).ConfigureAwait(false);
            _box?.ThrowIfEnded();
        }

        (TransferSummary? summary, long retransmissions) = await EndWorkAsync(counts, cancel).ConfigureAwait(false);
        long? stalls = _box is null ? null : await _box.StallsAsync(cancel).ConfigureAwait(false) - stallsBefore;
        VoiceTrace downTrace = await down.ConfigureAwait(false);
        VoiceTrace upTrace = await up.ConfigureAwait(false);
        _progress.EndTrial();
        return new(
            name,
            downTrace with { WorstSendLagNanoseconds = upTrace.WorstSendLagNanoseconds },
            upTrace with { WorstSendLagNanoseconds = downTrace.WorstSendLagNanoseconds },
            start, counts.Pc, counts.Sites, retransmissions, summary, stalls);
    }

    public void Dispose()
    {
        StopBox();
        foreach (LabProcess process in _processes)
        {
            process.Dispose();
        }

        LabLeftovers.Remove(_claim.Prefix);
        _claim.Dispose();
    }

    private async Task FindPathAsync(CancellationToken cancel)
    {
        const int packets = 25;
        for (int attempt = 0; attempt < 10; attempt++)
        {
            string probe = string.Create(CultureInfo.InvariantCulture, $"probe {packets} {(_scenario.CallPath + ProbePatience).Nanoseconds}");
            _hubCall.Send(probe);
            _phoneCall.Send(probe);
            int heard = int.MaxValue;
            foreach (LabProcess end in (IEnumerable<LabProcess>)[_hubCall, _phoneCall])
            {
                string answer = await end.ExpectAsync("probed", StartLimit, null, cancel).ConfigureAwait(false);
                heard = Math.Min(heard, int.Parse(answer.Split(' ')[1], CultureInfo.InvariantCulture));
            }

            // All of them: the queues of a trial before are empty, addresses are resolved, everything is compiled.
            if (heard == packets)
            {
                return;
            }
        }

        throw new LabException(_box is null ? "no path from phone to hub" : "no path from phone to hub through the box");
    }

    private void OrderWork(Instant start)
    {
        Duration end = Duration.FromSeconds(_scenario.Seconds);
        if (_scenario.UploadFlows > 0)
        {
            _pc.Send(Source(LabTopology.SiteAddress(0), _scenario.UploadFlows, start + _scenario.HubStart));
        }

        if (_scenario.Work == LabWork.Short)
        {
            string servers = string.Join(' ', Enumerable.Range(0, _scenario.Sites.Count).Select(LabTopology.SiteAddress));
            ulong offered = _scenario.Down.Scale(_scenario.LoadPercent / 100.0).BitsPerSecond;
            _pc.Send(string.Create(
                CultureInfo.InvariantCulture,
                $"fetch {ServePort} {offered} {(start + _scenario.HubStart).Nanoseconds} {(start + end).Nanoseconds} {servers}"));
            return;
        }

        for (int i = 0; i < _sites.Count; i++)
        {
            Instant from = start + _scenario.SiteStart(i);
            _sites[i].Send(_scenario.Work == LabWork.Paced ? Pace(LabTopology.PcAddress, _scenario.PacedPerSite, from) : Source(LabTopology.PcAddress, _scenario.FlowsPerSite, from));
        }
    }

    private static string Source(string address, int flows, Instant start) =>
        string.Create(CultureInfo.InvariantCulture, $"source {address} {SinkPort} {flows} {start.Nanoseconds}");

    private static string Pace(string address, BitRate rate, Instant start) =>
        string.Create(CultureInfo.InvariantCulture, $"pace {address} {SinkPort} {rate.BitsPerSecond} {start.Nanoseconds}");

    private async Task<(TransferSummary? Transfers, long Retransmissions)> EndWorkAsync(TrialCounts counts, CancellationToken cancel)
    {
        TransferSummary? summary = null;
        if (_scenario.Work == LabWork.Short)
        {
            string[] end = (await _pc.ExpectAsync("fetched", StartLimit, counts.TakePcLine, cancel).ConfigureAwait(false)).Split(' ');
            summary = TransferSummary.From(
                int.Parse(end[1], CultureInfo.InvariantCulture), int.Parse(end[2], CultureInfo.InvariantCulture), counts.TransferSeconds);
        }

        long retransmissions = 0;
        foreach (LabProcess host in (IEnumerable<LabProcess>)[_pc, .. _sites])
        {
            host.Send("stop");
            string[] stopped = (await host.ExpectAsync("stopped", StartLimit, host == _pc ? counts.TakePcLine : null, cancel).ConfigureAwait(false)).Split(' ');
            retransmissions += long.Parse(stopped[2], CultureInfo.InvariantCulture);
        }

        return (summary, retransmissions);
    }

    private async Task<VoiceTrace> HearAsync(LabProcess end, Direction direction, CancellationToken cancel)
    {
        long[] delays = new long[_scenario.CallPackets];
        Array.Fill(delays, CallLog.Missing);
        TimeSpan limit = TimeSpan.FromSeconds(_scenario.Seconds + _scenario.Fifo.TotalSeconds) + StartLimit;
        string last = await end.ExpectAsync("called", limit, Take, cancel).ConfigureAwait(false);
        long[] totals = [.. last.Split(' ').Skip(1).Select(word => long.Parse(word, CultureInfo.InvariantCulture))];
        return new(delays, (int)totals[1], (int)totals[2], totals[3]);

        void Take(string line)
        {
            string[] word = line.Split(' ');
            if (word[0] == "s")
            {
                delays[int.Parse(word[1], CultureInfo.InvariantCulture)] = long.Parse(word[2], CultureInfo.InvariantCulture);
            }
            else if (word[0] == "live")
            {
                double worst = long.Parse(word[3], CultureInfo.InvariantCulture) / 1e6;
                _progress.AddVoice(direction, worst > 0 ? worst : double.NaN);
            }
        }
    }

    private void DrainHosts(TrialCounts counts)
    {
        Drain(_pc, counts.TakePcLine);
        for (int i = 0; i < _sites.Count; i++)
        {
            int site = i;
            Drain(_sites[i], line => counts.TakeSiteLine(site, line));
        }
    }

    private static void Drain(LabProcess process, Action<string> take)
    {
        while (process.Lines.TryRead(out string? line))
        {
            take(line);
        }
    }

    private LabProcess StartRole(string role, string space, IReadOnlyList<string> arguments) =>
        Start(role, space, [.. SelfProgram.Command, "lab-role", role, .. arguments], environment: null);

    private LabProcess StartMeasuringRole(string role, string space, IReadOnlyList<string> arguments) =>
        Start(role, space, [.. Undisturbed, .. SelfProgram.Command, "lab-role", role, .. arguments], NoTiering);

    private LabProcess Start(string role, string space, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment)
    {
        LabProcess process = LabProcess.Start($"{role} in {space}", _topology.Space(space), command, environment);
        _processes.Add(process);
        return process;
    }
}
