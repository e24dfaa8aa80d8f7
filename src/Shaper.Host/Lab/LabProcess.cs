using System.Diagnostics;
using System.Threading.Channels;
using Shaper.Engine.Interop;

namespace Shaper.Host.Lab;

/// <summary>
/// A program started inside one namespace by <c>ip netns exec</c>, which replaces itself by it: our child is the program, and ends by its pid.
/// </summary>
/// <remarks>
/// Lines that it prints wait in <see cref="Lines"/>, written by the runtime's reader, read by the trial. A role ends by itself when its
/// standard input closes, so nothing of the lab but the namespaces and the box outlives a lab that was killed.
/// </remarks>
internal sealed class LabProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StreamWriter? _log;
    private readonly Lock _logLock = new();
    private string _lastError = "";

    private LabProcess(string name, Process process, StreamWriter? log)
    {
        Name = name;
        _process = process;
        _log = log;
        process.OutputDataReceived += (_, line) => Take(line.Data, isError: false);
        process.ErrorDataReceived += (_, line) => Take(line.Data, isError: true);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>What it prints, line by line; completes when it closes its output.</summary>
    public ChannelReader<string> Lines => _lines.Reader;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>The last thing it complained of, for the user's message.</summary>
    public string Complaint => _lastError.Length > 0 ? _lastError : $"exit code {(_process.HasExited ? _process.ExitCode : 0)}";

    /// <param name="logPath">Where to keep what it prints, or null. Its output is then not offered in <see cref="Lines"/>.</param>
    public static LabProcess Start(
        string name, string networkNamespace, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null, string? logPath = null)
    {
        ProcessStartInfo start = new(Shell.Locate("ip") ?? "ip")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (IEnumerable<string>)["netns", "exec", networkNamespace, .. command])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        StreamWriter? log = logPath is null ? null : new(logPath) { AutoFlush = true };
        return new(name, Process.Start(start)!, log);
    }

    /// <summary>Hands it one line. Lost when it has gone: whoever waits for its answer finds out.</summary>
    public void Send(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // Broken pipe.
        }
    }

    /// <summary>
    /// The next line that starts with <paramref name="word"/>; lines before it go to <paramref name="others"/>.
    /// Throws <see cref="LabException"/> when the program ends first or takes longer than <paramref name="limit"/>.
    /// </summary>
    public async Task<string> ExpectAsync(string word, TimeSpan limit, Action<string>? others, CancellationToken cancel)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(limit);
        try
        {
            await foreach (string line in _lines.Reader.ReadAllAsync(late.Token).ConfigureAwait(false))
            {
                if (line == word || line.StartsWith(word + " ", StringComparison.Ordinal))
                {
                    return line;
                }

                others?.Invoke(line);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new LabException($"{Name}: no \"{word}\" within {limit.TotalSeconds:0.#} s");
        }

        await _process.WaitForExitAsync(cancel).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        throw new LabException($"{Name} ended early: {Complaint}");
    }

    /// <summary>Ends it: closes its input and signals SIGTERM, waits, kills.</summary>
    /// <returns>Whether it ended when asked.</returns>
    public bool Stop()
    {
        bool ended = _process.HasExited;
        if (!ended)
        {
            try
            {
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // Unflushed data and a broken pipe: it is going already.
            }

            ProcessSignal.Send(_process.Id, ProcessSignal.SIGTERM);
            ended = _process.WaitForExit(Patience);
            if (!ended)
            {
                _process.Kill();
                _process.WaitForExit();
            }
        }

        return ended;
    }

    public void Dispose()
    {
        Stop();
        _process.Dispose();
        lock (_logLock)
        {
            _log?.Dispose();
        }
    }

    private void Take(string? line, bool isError)
    {
        if (line is null)
        {
            if (!isError)
            {
                _lines.Writer.TryComplete();
            }

            return;
        }

        if (isError && line.Length > 0)
        {
            _lastError = line;
        }

        if (_log is not null)
        {
            lock (_logLock)
            {
                if (_log.BaseStream is not null)
                {
                    _log.WriteLine(line);
                }
            }
        }
        else if (!isError)
        {
            _lines.Writer.TryWrite(line);
        }
    }
}
