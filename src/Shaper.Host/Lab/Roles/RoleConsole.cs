using System.Globalization;
using System.Threading.Channels;

namespace Shaper.Host.Lab.Roles;

/// <summary>
/// A role's line to the lab: orders come on standard input, answers go to standard output. When the input closes the lab is gone,
/// and the whole process with it.
/// </summary>
internal sealed class RoleConsole
{
    private readonly Channel<string> _orders = Channel.CreateUnbounded<string>();
    private readonly Lock _lock = new();
    private readonly TextWriter _out = Console.Out;

    public RoleConsole() => new Thread(Read) { IsBackground = true, Name = "orders" }.Start();

    /// <summary>Waits for the next order, split at blanks.</summary>
    public string[] NextOrder() => _orders.Reader.ReadAsync().AsTask().GetAwaiter().GetResult().Split(' ');

    /// <summary>Any thread: one line, at once.</summary>
    public void Say(FormattableString line)
    {
        lock (_lock)
        {
            _out.WriteLine(line.ToString(CultureInfo.InvariantCulture));
            _out.Flush();
        }
    }

    private void Read()
    {
        while (Console.In.ReadLine() is string line)
        {
            _orders.Writer.TryWrite(line);
        }

        Environment.Exit(0);
    }
}
