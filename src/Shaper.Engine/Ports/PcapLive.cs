using SharpPcap;
using SharpPcap.LibPcap;

namespace Shaper.Engine.Ports;

/// <summary>Opens SharpPcap devices the way an inline shaper needs them, and says in one line why one cannot be opened.</summary>
internal static class PcapLive
{
    /// <summary>Opens the interface by name in the calling thread's network namespace.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="snapBytes">Bytes kept of a frame.</param>
    /// <param name="bufferBytes">Memory in which the kernel stores frames.</param>
    /// <param name="promiscuous">Take in frames for other stations.</param>
    public static LibPcapLiveDevice Open(string name, int snapBytes, int bufferBytes, bool promiscuous)
    {
        LibPcapLiveDevice device = Find(name);
        try
        {
            DeviceConfiguration configuration = new()
            {
                Mode = promiscuous ? DeviceModes.Promiscuous : DeviceModes.None,
                Snaplen = snapBytes,
                BufferSize = bufferBytes,
                Immediate = true,
                TimestampResolution = TimestampResolution.Nanosecond,
            };

            // An old libpcap without nanoseconds gives microseconds; whatever else it lacks shows when the device is activated.
            configuration.ConfigurationFailed += static (_, _) => { };
            device.Open(configuration);
            device.NonBlockingMode = true;
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    private static LibPcapLiveDevice Find(string name)
    {
        foreach (PcapInterface found in PcapInterface.GetAllPcapInterfaces())
        {
            if (found.Name == name)
            {
                return new(found);
            }
        }

        throw new PortException(name, "libpcap does not list this interface");
    }
}
