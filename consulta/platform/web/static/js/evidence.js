// A file that is too large is told of when it is chosen, before it is sent: nothing that was written is lost.
for (const field of document.querySelectorAll("input[type=file][data-most]")) {
  const told = document.createElement("p");
  told.className = "field-error";
  told.setAttribute("role", "alert");
  field.after(told);
  field.addEventListener("change", () => {
    const large = [...field.files].some((file) => file.size > Number(field.dataset.most));
    told.textContent = large ? field.dataset.large : "";
    if (large) field.value = "";
  });
}
