using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Shaper.Lab.Tests;

/// <summary>A program running in the background of a lab; everything it prints is kept. Killed with its children when disposed.</summary>
internal sealed class LabProcess : IDisposable
{
    private static readonly TimeSpan ReadingPatience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private bool _disposed;

    public LabProcess(string name, params IEnumerable<string> arguments)
    {
        _process = LabCommand.Start(name, arguments);
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>`ip netns exec` replaces itself by the program, so this is the program's own id.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Sends a signal by name, such as INT, STOP or KILL.</summary>
    public void Signal(string name) => LabCommand.Run("kill", "-" + name, Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Waits for the program to end by itself; its exit code. All that it printed is in <see cref="Output"/> then.</summary>
    public int WaitForExit(TimeSpan patience) => _process.WaitForExit(patience) && HasBeenRead()
        ? _process.ExitCode
        : throw new TimeoutException($"still running after {patience.TotalSeconds:0.0} s; printed so far:\n{Output}");

    /// <summary>Waits until the output contains <paramref name="text"/>; fails with the output when it does not, or the program ends without it.</summary>
    public void WaitForOutput(string text, TimeSpan patience) =>
        LabSpace.WaitUntil(
            () => HasPrinted(text) || (HasExited && HasBeenRead() && !HasPrinted(text) ? throw new InvalidOperationException($"ended with {ExitCode}:\n{Output}") : false),
            patience,
            () => $"no \"{text}\" in:\n{Output}");

    public void Dispose()
    {
        // By the test and, at the latest, by the lab it was started in.
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(5_000);
        }

        _process.Dispose();
    }

    private bool HasPrinted(string text) => Output.Contains(text, StringComparison.Ordinal);

    /// <summary>The end of a process does not mean that its pipes have been read to theirs: that is waited for here, unless a child of it keeps them open.</summary>
    private bool HasBeenRead() => _process.WaitForExitAsync().Wait(ReadingPatience);

    private void Append(string? line)
    {
        if (line is not null)
        {
            lock (_output)
            {
                _output.Append(line).Append('\n');
            }
        }
    }
}
