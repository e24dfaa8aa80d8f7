using Shaper.Engine.Interop;
using SharpPcap;
using SharpPcap.LibPcap;

namespace Shaper.Engine.Ports;

/// <summary>What both halves of an interface opened through libpcap have in common: a device that is closed and opened again as the interface goes and comes.</summary>
/// <remarks>Owned by the thread of its half; <see cref="State"/> may be read by any.</remarks>
public abstract class PcapPort : IDisposable
{
    private protected readonly InterfaceWatch Watch;

    /// <param name="name">The interface.</param>
    /// <exception cref="PortException">No such interface.</exception>
    private protected PcapPort(string name)
    {
        Name = name;
        Watch = new(name);
    }

    public string Name { get; }

    public PortState State => Watch.State;

    /// <summary>Null while the interface is not there.</summary>
    private protected LibPcapLiveDevice? Device { get; private set; }

    /// <summary>libpcap's own handle of the device; 0 while there is none.</summary>
    private protected nint Pcap { get; private set; }

    public void Dispose()
    {
        CloseDevice();
        Watch.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens a device for this half.</summary>
    /// <exception cref="PcapException">libpcap cannot open it.</exception>
    private protected abstract LibPcapLiveDevice Open();

    /// <summary>The device is about to be closed.</summary>
    private protected virtual void OnClosing()
    {
    }

    /// <summary>The first opening, at the end of a constructor: what fails here is the caller's to hear.</summary>
    /// <exception cref="PcapException">libpcap cannot open it.</exception>
    /// <exception cref="DllNotFoundException">libpcap is not installed.</exception>
    private protected void OpenFirst()
    {
        try
        {
            OpenDevice();
        }
        catch
        {
            Watch.Dispose();
            throw;
        }
    }

    /// <summary>Closes a device whose interface is gone, is another one now, or has failed; opens it when it is there.</summary>
    private protected void FollowInterface(bool failed)
    {
        bool replaced = Watch.LookForReplacement();
        if (Watch.State == PortState.Gone || replaced || failed)
        {
            CloseDevice();
        }

        if (Device is not null || Watch.State != PortState.Up)
        {
            return;
        }

        try
        {
            OpenDevice();
        }
        catch (Exception fault) when (fault is PcapException or PortException)
        {
            // Gone again between the look and the opening: the next look tries again.
        }
    }

    private void OpenDevice()
    {
        Device = Open();
        Pcap = Device.Handle.DangerousGetHandle();
    }

    private void CloseDevice()
    {
        if (Device is not null)
        {
            OnClosing();
            Pcap = 0;
            Device.Dispose();
            Device = null;
        }
    }
}
