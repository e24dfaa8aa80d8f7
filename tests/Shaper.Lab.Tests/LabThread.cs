using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Shaper.Lab.Tests;

/// <summary>
/// Runs test code inside a namespace on a thread that is thrown away afterwards: a pooled thread must never change its namespace, because
/// whoever gets it next would be in the wrong one.
/// </summary>
internal sealed class LabThread
{
    private const int CloneNewNet = 0x4000_0000;

    private readonly Thread _thread;
    private ExceptionDispatchInfo? _fault;

    private LabThread(string space, Action body)
    {
        _thread = new Thread(() =>
        {
            try
            {
                Enter(space);
                body();
            }
#pragma warning disable CA1031 // carried to the test's own thread
            catch (Exception fault)
#pragma warning restore CA1031
            {
                _fault = ExceptionDispatchInfo.Capture(fault);
            }
        })
        { IsBackground = true, Name = "lab-" + space };
        _thread.Start();
    }

    /// <summary>Runs <paramref name="body"/> in the namespace and waits for it; what it throws is thrown here.</summary>
    public static void Run(string space, Action body)
    {
        new LabThread(space, body).Join();
    }

    /// <summary>The same with a result.</summary>
    public static T Run<T>(string space, Func<T> body)
    {
        T result = default!;
        Run(space, () => { result = body(); });
        return result;
    }

    /// <summary>Starts <paramref name="body"/> in the namespace beside the test.</summary>
    public static LabThread Start(string space, Action body) => new(space, body);

    /// <summary>Waits for the end; what the body threw is thrown here.</summary>
    public void Join()
    {
        if (!_thread.Join(TimeSpan.FromSeconds(120)))
        {
            throw new TimeoutException($"{_thread.Name}: still running after 120 s");
        }

        _fault?.Throw();
    }

    private static void Enter(string space)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle("/run/netns/" + space);
        if (SetNamespace((int)file.DangerousGetHandle(), CloneNewNet) != 0)
        {
            throw new InvalidOperationException($"setns({space}): errno {Marshal.GetLastPInvokeError()}");
        }
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNamespace(int fd, int kind);
}
