using System.CommandLine;

namespace Shaper.Host.Commands;

/// <summary>An option whose value has a text form; what does not fit is answered with that form.</summary>
internal sealed class FormOption<T> : Option<T>, IAcceptsForm
{
    private readonly TryRead<T> _read;
    private readonly Func<string, string?>? _check;

    /// <param name="check">What else may be wrong with a value that has the form; null when nothing is.</param>
    public FormOption(string name, string helpName, string description, string acceptedForm, TryRead<T> read, Func<string, string?>? check = null)
        : base(name)
    {
        _read = read;
        _check = check;
        AcceptedForm = acceptedForm;
        HelpName = helpName;
        Description = description;
        CustomParser = result => Forms.Read(result, this, read);
    }

    public string AcceptedForm { get; }

    public string? Complaint(string text) =>
        _read(text, out _) ? _check?.Invoke(text) : $"{Name} '{Forms.Shortened(text)}': give {AcceptedForm}";
}
